-- Triggers. Each of them would change the rows if it fired while a copy of them is loaded; the rows here were
-- loaded before the triggers existed. Their states differ: one is disabled, one fires always, one only for a
-- replica.

CREATE TRIGGER touch_updated_at BEFORE INSERT OR UPDATE ON public.tenant_registry
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE INSERT OR UPDATE ON public.hotels
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE INSERT OR UPDATE ON public.staff_users
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE INSERT OR UPDATE ON public.muva_content
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE INSERT OR UPDATE ON public.accommodation_units
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE INSERT OR UPDATE ON public.guest_reservations
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE INSERT OR UPDATE ON public.calendar_events
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER "touch updated_at, it's needed" BEFORE UPDATE ON hotels.guest_information
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- Rows of one table that write into another.
CREATE TRIGGER count_reservation AFTER INSERT OR DELETE ON public.guest_reservations
    FOR EACH ROW EXECUTE FUNCTION public.count_reservation();
CREATE TRIGGER count_staff_message AFTER INSERT ON public.staff_messages
    FOR EACH ROW EXECUTE FUNCTION public.count_staff_message();
CREATE TRIGGER audit_units AFTER INSERT ON public.accommodation_units_public
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_units();
CREATE TRIGGER audit_integration AFTER INSERT OR UPDATE OF settings, secret ON public.integration_configs
    FOR EACH ROW EXECUTE FUNCTION public.audit_integration('integration "changed"');

-- Rows that are rewritten.
CREATE TRIGGER tidy_guest_name BEFORE INSERT OR UPDATE OF guest_name ON public.guest_reservations
    FOR EACH ROW WHEN (NEW.guest_name IS DISTINCT FROM initcap(btrim(NEW.guest_name)))
    EXECUTE FUNCTION public.tidy_guest_name();
CREATE TRIGGER bump_event_version BEFORE INSERT OR UPDATE ON public.calendar_events
    FOR EACH ROW EXECUTE FUNCTION public.bump_event_version();
ALTER TABLE public.calendar_events ENABLE ALWAYS TRIGGER bump_event_version;
CREATE TRIGGER mark_replicated BEFORE INSERT ON public.sync_history
    FOR EACH ROW EXECUTE FUNCTION public.mark_replicated();
ALTER TABLE public.sync_history ENABLE REPLICA TRIGGER mark_replicated;
CREATE TRIGGER redact_staff_message BEFORE INSERT OR UPDATE ON public.staff_messages
    FOR EACH ROW EXECUTE FUNCTION public.redact_staff_message();
ALTER TABLE public.staff_messages DISABLE TRIGGER redact_staff_message;

CREATE CONSTRAINT TRIGGER stay_within_reservation AFTER INSERT OR UPDATE ON public.reservation_accommodations
    FROM public.guest_reservations DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.check_stay_within_reservation();
CREATE TRIGGER insert_arrival INSTEAD OF INSERT ON public.arrivals
    FOR EACH ROW EXECUTE FUNCTION public.insert_arrival();

COMMENT ON TRIGGER bump_event_version ON public.calendar_events IS
    'ALWAYS: versions count on the replica, too';
