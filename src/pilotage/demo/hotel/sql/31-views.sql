-- Views: one that asks as its caller, plain ones over others, one that can be written through, and two
-- materialized views of which the second reads the first.

CREATE VIEW public.active_reservations WITH (security_invoker = true) AS
    SELECT id, tenant_id, booking_code, guest_name, status, check_in, check_out, nights, accommodation_unit_id
    FROM public.guest_reservations
    WHERE status IN ('confirmed', 'checked_in');

-- Plain, so it shows what its owner may see: every tenant's rows.
CREATE VIEW public.tenant_overview AS
    SELECT
        tenant.tenant_id,
        tenant.display_name,
        (tenant.address).city AS city,
        count(reservation.id) AS active_reservations,
        sum(reservation.nights) AS nights
    FROM public.tenant_registry AS tenant
    LEFT JOIN public.active_reservations AS reservation ON reservation.tenant_id = tenant.tenant_id
    GROUP BY tenant.tenant_id;

CREATE VIEW public.arrivals WITH (security_barrier = true) AS
    SELECT tenant_id, guest_name, check_in, check_out
    FROM public.active_reservations
    WHERE check_in >= CURRENT_DATE;

CREATE VIEW public.open_operations AS
    SELECT id, tenant_id, title, due_at
    FROM public.hotel_operations
    WHERE due_at > '2025-11-01 00:00:00-05'::timestamptz
    WITH LOCAL CHECK OPTION;

CREATE VIEW hotels.property_directory AS
    SELECT property.id, property.name, client.name AS client, property.rates[1] AS first_rate
    FROM hotels.properties AS property
    JOIN hotels.clients AS client ON client.id = property.client_id;

CREATE VIEW public.staff_tree AS
    WITH RECURSIVE tree AS (
        SELECT staff_id, full_name, 0 AS level
        FROM public.staff_users
        WHERE created_by IS NULL
        UNION ALL
        SELECT colleague.staff_id, colleague.full_name, tree.level + 1
        FROM public.staff_users AS colleague
        JOIN tree ON tree.staff_id = colleague.created_by
    )
    SELECT staff_id, full_name, level FROM tree;

-- Named so that the one which reads comes before the one which is read in the alphabet.
CREATE MATERIALIZED VIEW public.occupancy_by_unit_month WITH (fillfactor = 90) AS
    SELECT
        accommodation_unit_id AS unit_id,
        date_trunc('month', check_in::timestamp)::date AS month,
        count(*) AS reservations,
        sum(nights) AS nights
    FROM public.guest_reservations
    WHERE status <> 'cancelled'::public.reservation_status
    GROUP BY 1, 2
    WITH DATA;
CREATE UNIQUE INDEX occupancy_by_unit_month_key ON public.occupancy_by_unit_month (unit_id, month);

CREATE MATERIALIZED VIEW public.annual_occupancy AS
    SELECT unit_id, date_part('year', month)::integer AS year, sum(nights) AS nights, max(nights) AS best
    FROM public.occupancy_by_unit_month
    GROUP BY unit_id, date_part('year', month)::integer
    WITH DATA;
CREATE UNIQUE INDEX annual_occupancy_key ON public.annual_occupancy (unit_id, year);

COMMENT ON MATERIALIZED VIEW public.annual_occupancy IS 'Refreshed at night, after occupancy_by_unit_month';
COMMENT ON VIEW public.tenant_overview IS 'For the operator''s dashboard; runs with its owner''s rights';
COMMENT ON COLUMN public.tenant_overview.city IS 'From the address';
