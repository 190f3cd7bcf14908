-- Who may do what: broad grants to the API's roles, as the platform makes them, with row security behind
-- them; some columns and functions taken back; and what objects made later will grant by default.

GRANT USAGE ON SCHEMA public, auth, extensions TO anon, authenticated, service_role;
GRANT USAGE ON SCHEMA hotels TO authenticated, service_role;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO anon, authenticated;
GRANT ALL ON ALL TABLES IN SCHEMA public TO service_role;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO authenticated;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO service_role;
GRANT SELECT ON ALL TABLES IN SCHEMA hotels TO authenticated;
GRANT SELECT, UPDATE (name, contact) ON hotels.clients TO service_role;
GRANT SELECT ON auth.users TO service_role;

-- Secrets: whole tables taken back, then columns given.
REVOKE ALL ON public.tenant_compliance_credentials FROM anon, authenticated;
REVOKE ALL ON public.integration_configs FROM anon;
REVOKE SELECT ON public.staff_users FROM anon, authenticated;
GRANT SELECT (staff_id, tenant_id, created_by, full_name, email, role, is_active) ON public.staff_users
    TO authenticated;
GRANT SELECT (staff_id, full_name) ON public.staff_users TO anon;
REVOKE UPDATE ON public.guest_reservations FROM authenticated;
GRANT UPDATE (special_requests, status) ON public.guest_reservations TO authenticated WITH GRANT OPTION;
REVOKE INSERT, UPDATE, DELETE ON public.sire_countries, public.sire_cities, public.sire_document_types
    FROM anon, authenticated;
REVOKE USAGE, SELECT ON SEQUENCE public.invoice_number_seq FROM authenticated;

REVOKE ALL ON FUNCTION public.has_tenant_access(uuid, public.permission) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.has_tenant_access(uuid, public.permission) TO authenticated, service_role;
REVOKE ALL ON FUNCTION public.next_booking_code() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.next_booking_code() TO service_role;
REVOKE ALL ON PROCEDURE public.close_day(date, integer) FROM PUBLIC;
REVOKE USAGE ON TYPE public.postal_address FROM PUBLIC;
GRANT USAGE ON TYPE public.postal_address TO authenticated, service_role;
REVOKE ALL ON FUNCTION public.is_staff_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.is_staff_of(uuid) TO authenticated, service_role;

-- Of the role that runs this file.
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO service_role;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
