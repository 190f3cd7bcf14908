-- Subscriptions as PostgreSQL 16 and 17 have them.
CREATE SUBSCRIPTION zoo_newer CONNECTION 'host=127.0.0.1 port=1' PUBLICATION first
    WITH (connect = false, slot_name = NONE, streaming = parallel, origin = none, run_as_owner = true, password_required = false, failover = true);
