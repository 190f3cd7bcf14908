-- Subscriptions, which never connected: there is no publisher.
CREATE SUBSCRIPTION zoo_subscription CONNECTION 'host=127.0.0.1 port=1 dbname=no''where user=zoo password=not-one'
    PUBLICATION first, "odd ""publication;"
    WITH (connect = false, slot_name = NONE, binary = true, streaming = true, synchronous_commit = 'local', disable_on_error = true);
CREATE SUBSCRIPTION zoo_with_slot CONNECTION 'host=127.0.0.1 port=1' PUBLICATION first
    WITH (connect = false, slot_name = 'zoo_slot', two_phase = true);
COMMENT ON SUBSCRIPTION zoo_subscription IS 'a subscription';
