-- Functions that policies, triggers and the application call, in every way of writing one.

-- Who asks.
CREATE FUNCTION public.current_tenant_id() RETURNS uuid
LANGUAGE sql STABLE
AS $function$
    SELECT nullif(current_setting('app.tenant_id', true), '')::uuid
$function$;

CREATE FUNCTION public.has_tenant_access(tenant uuid, wanted public.permission DEFAULT 'read') RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $function$
    SELECT EXISTS (
        SELECT FROM public.user_tenant_permissions AS granted
        WHERE granted.tenant_id = tenant
            AND granted.user_id = auth.uid()
            AND wanted = ANY (granted.permissions)
            AND granted.expires_at > now()
    )
$function$;

CREATE FUNCTION public.is_staff_of(tenant uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 200
SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.staff_users AS colleague
        WHERE colleague.tenant_id = tenant AND colleague.staff_id = auth.uid() AND colleague.is_active
    );
END
$function$;

COMMENT ON FUNCTION public.has_tenant_access(uuid, public.permission) IS
    'Whether the signed-in user may do this for the tenant; its owner''s rights keep the permissions hidden';

-- What the application asks.
CREATE FUNCTION public.match_muva_content(
    query extensions.vector,
    wanted integer DEFAULT 5,
    VARIADIC categories public.content_category[] DEFAULT '{}'
) RETURNS TABLE (id bigint, title text, distance double precision)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
SET search_path = ''
SET ivfflat.probes = '4'
AS $function$
    SELECT content.id, content.title, content.embedding OPERATOR(extensions.<=>) query
    FROM public.muva_content AS content
    WHERE cardinality(categories) = 0 OR content.category = ANY (categories)
    ORDER BY content.embedding OPERATOR(extensions.<=>) query, content.id
    LIMIT wanted
$function$;

-- A body in standard SQL is parsed once, so PostgreSQL knows which tables it depends on.
CREATE FUNCTION public.guests_in_house(on_day date DEFAULT CURRENT_DATE)
RETURNS TABLE (reservation_id uuid, guest_name text, nights_left integer)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT reservation.id, reservation.guest_name, public.nights_between(on_day, reservation.check_out)
    FROM public.guest_reservations AS reservation
    WHERE reservation.check_in <= on_day
        AND reservation.check_out > on_day
        AND reservation.status <> 'cancelled'::public.reservation_status
    ORDER BY reservation.check_out, reservation.id;
END;

-- Called by PostgREST as if it were a column.
CREATE FUNCTION public.label(unit public.accommodation_units) RETURNS text
LANGUAGE sql STABLE
RETURN (unit.unit_number::text || ' · '::text) || unit.name::text;

CREATE FUNCTION public.label(hotel public.hotels) RETURNS text
LANGUAGE sql STABLE
AS $function$ SELECT hotel.name || repeat('★', hotel.stars) $function$;

COMMENT ON FUNCTION public.label(public.hotels) IS
    E'Name and stars.\nNot for invoices: "★" isn''t in every fonts; see C:\\fonts';

CREATE PROCEDURE public.close_day(IN on_day date, INOUT closed integer DEFAULT 0)
LANGUAGE plpgsql
AS $procedure$
BEGIN
    UPDATE public.guest_reservations
    SET status = 'checked_out'
    WHERE check_out <= on_day AND status = 'checked_in';
    GET DIAGNOSTICS closed = ROW_COUNT;
END
$procedure$;

CREATE AGGREGATE public.product(numeric) (
    SFUNC = numeric_mul,
    STYPE = numeric,
    INITCOND = '1'
);

-- What triggers call.
CREATE FUNCTION public.touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$function$;

CREATE FUNCTION public.count_reservation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $function$
BEGIN
    UPDATE public.tenant_registry
    SET reservation_count = reservation_count + CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END
    WHERE tenant_id = coalesce(NEW.tenant_id, OLD.tenant_id);
    RETURN NULL;
END
$function$;

CREATE FUNCTION public.tidy_guest_name() RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.guest_name := initcap(btrim(NEW.guest_name));
    RETURN NEW;
END
$function$;

CREATE FUNCTION public.audit_units() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $function$
BEGIN
    INSERT INTO public.sync_history (tenant_id, source, status, triggered_by, rows_read)
    SELECT changed.tenant_id, TG_TABLE_NAME, 'succeeded', 'trigger', count(*)
    FROM changed
    GROUP BY changed.tenant_id;
    RETURN NULL;
END
$function$;

CREATE FUNCTION public.audit_integration() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $function$
BEGIN
    INSERT INTO public.job_logs (tenant_id, job_name, status, payload)
    VALUES (NEW.tenant_id, TG_ARGV[0], 'succeeded', json_build_object('operation', TG_OP));
    RETURN NULL;
END
$function$;

CREATE FUNCTION public.bump_event_version() RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.version := NEW.version + 1;
    RETURN NEW;
END
$function$;

CREATE FUNCTION public.mark_replicated() RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.triggered_by := 'replication';
    RETURN NEW;
END
$function$;

CREATE FUNCTION public.redact_staff_message() RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.content := regexp_replace(NEW.content, '[0-9]{4,}', '####', 'g');
    RETURN NEW;
END
$function$;

CREATE FUNCTION public.count_staff_message() RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE public.staff_conversations
    SET message_count = message_count + 1, last_message_at = NEW.created_at AT TIME ZONE 'America/Bogota'
    WHERE conversation_id = NEW.conversation_id;
    RETURN NULL;
END
$function$;

CREATE FUNCTION public.check_stay_within_reservation() RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.guest_reservations AS reservation
        WHERE reservation.id = NEW.reservation_id
            AND NEW.stay <@ daterange(reservation.check_in, reservation.check_out)
    ) THEN
        RAISE EXCEPTION 'stay % is outside its reservation', NEW.stay USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$function$;

CREATE FUNCTION public.insert_arrival() RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO public.guest_reservations (tenant_id, guest_name, check_in, check_out, document, total_price)
    VALUES (NEW.tenant_id, NEW.guest_name, NEW.check_in, NEW.check_out, 'PENDING', 0);
    RETURN NEW;
END
$function$;
