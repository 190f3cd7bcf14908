-- Enums, domains, a composite type, and the functions and sequences that columns' defaults, checks and
-- generated columns call: what has to exist before the tables.

CREATE TYPE public.subscription_tier AS ENUM ('free', 'basic', 'pro', 'enterprise');
CREATE TYPE public.reservation_status AS ENUM (
    'pending', 'confirmed', 'checked_in', 'checked_out', 'cancelled', 'no_show'
);
CREATE TYPE public.conversation_channel AS ENUM ('web', 'whatsapp', 'email', 'phone');
CREATE TYPE public.message_role AS ENUM ('guest', 'assistant', 'staff', 'system');
CREATE TYPE public.sync_status AS ENUM ('queued', 'running', 'succeeded', 'failed', 'skipped');
CREATE TYPE public.staff_role AS ENUM ('owner', 'manager', 'reception', 'housekeeping');
CREATE TYPE public.permission AS ENUM ('read', 'write', 'export', 'admin');
CREATE TYPE public.amenity AS ENUM (
    'air_conditioning', 'kitchen', 'sea_view', 'pool', 'wifi', 'hammock', 'no ''party''', 'accesible ♿'
);
CREATE TYPE public.content_category AS ENUM (
    'beaches', 'restaurants', 'culture', 'diving', 'transport', 'nightlife'
);

-- Added later by a migration: an enum's order need not be the order in which its labels were made.
ALTER TYPE public.conversation_channel ADD VALUE 'airbnb' BEFORE 'phone';

CREATE DOMAIN public.email_address AS text
    CONSTRAINT email_address_shape CHECK (VALUE ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$');
CREATE DOMAIN public.cop_amount AS numeric(14, 2)
    DEFAULT 0 CONSTRAINT cop_amount_not_negative CHECK (VALUE >= 0);
CREATE DOMAIN public.document_number AS text
    NOT NULL CONSTRAINT document_number_shape CHECK (VALUE ~ '^[A-Z0-9-]{4,20}$');

COMMENT ON DOMAIN public.cop_amount IS 'Colombian pesos; the cents are legal, if rare';

CREATE TYPE public.postal_address AS (
    street text,
    neighbourhood text,
    city text,
    postcode character varying(10)
);

-- Used by an expression index, a check constraint and a generated column, so it must be immutable.
CREATE FUNCTION public.search_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT lower(translate(value, 'áéíóúüñÁÉÍÓÚÜÑ', 'aeiouunAEIOUUN'))
$function$;

CREATE FUNCTION public.nights_between(arrival date, departure date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN departure - arrival;

-- Belongs to no column: invoices are numbered by the accounting service, which asks for the next value.
CREATE SEQUENCE public.invoice_number_seq AS bigint START WITH 1000 MINVALUE 1000 CACHE 20;
-- Steps of ten leave room for messages that arrive late; shared by two tables, so owned by neither.
CREATE SEQUENCE public.message_number_seq AS bigint INCREMENT BY 10 START WITH 10;
-- A voucher code counts down and starts over; nobody has redeemed one yet.
CREATE SEQUENCE public.voucher_code_seq AS smallint
    INCREMENT BY -1 MINVALUE 1 MAXVALUE 9999 START WITH 9999 CYCLE;

CREATE FUNCTION public.next_booking_code() RETURNS text
LANGUAGE sql VOLATILE
SET search_path = ''
AS $function$
    SELECT 'SAI-' || lpad(nextval('public.invoice_number_seq')::text, 8, '0')
$function$;
