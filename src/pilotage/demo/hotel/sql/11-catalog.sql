-- Group 2, Catalog: what can be booked. accommodation_units belongs to a hotel, and to the hotel's own
-- tenant: hence the foreign key over two columns.

CREATE TABLE public.accommodation_units_public (
    unit_id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    unit_type text NOT NULL,
    capacity smallint NOT NULL CHECK (capacity BETWEEN 1 AND 20),
    base_price numeric,
    price_factor double precision NOT NULL DEFAULT 1,
    amenities public.amenity[] NOT NULL DEFAULT '{}',
    photos jsonb NOT NULL DEFAULT '[]',
    description text,
    size_m2 numeric(6, 2),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, name)
);

CREATE TABLE public.accommodation_units (
    id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    tenant_id uuid NOT NULL,
    hotel_id uuid,
    unit_number integer NOT NULL UNIQUE,
    name character varying(120) NOT NULL,
    door_code text,
    check_in_time time without time zone NOT NULL DEFAULT '15:00',
    quiet_from time with time zone,
    base_price public.cop_amount NOT NULL,
    channel_ids jsonb NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.accommodation_units_manual (
    unit_id uuid NOT NULL PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL,
    sections text[] NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.accommodation_units_manual_chunks (
    id bigserial PRIMARY KEY,
    tenant_id uuid NOT NULL,
    accommodation_unit_id uuid,
    manual_id uuid NOT NULL,
    chunk_index integer NOT NULL,
    content text NOT NULL,
    embedding extensions.vector(3072) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT manual_chunks_position_key UNIQUE (manual_id, chunk_index) INCLUDE (accommodation_unit_id)
);
