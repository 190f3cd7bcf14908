-- Group 3, Operations: hotels, their staff and what the staff does.

CREATE TABLE public.hotels (
    id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    stars smallint CHECK (stars BETWEEN 1 AND 5),
    address public.postal_address,
    location point,
    network cidr,
    phones text[] NOT NULL DEFAULT '{}',
    policies jsonb NOT NULL DEFAULT '{}',
    opened_on date,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- Redundant as a key; it is there to be referenced together with the tenant.
    CONSTRAINT hotels_tenant_id_id_key UNIQUE (tenant_id, id)
);

CREATE TABLE public.staff_users (
    staff_id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL,
    created_by uuid,
    full_name text NOT NULL,
    email public.email_address NOT NULL UNIQUE,
    role public.staff_role NOT NULL DEFAULT 'reception',
    permissions public.permission[] NOT NULL DEFAULT '{read}',
    password_hash bytea NOT NULL,
    signature text,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.hotel_operations (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    created_by uuid,
    title text NOT NULL,
    details text,
    cost numeric,
    reading double precision,
    duration interval,
    due_at timestamptz,
    payload jsonb
);

CREATE TABLE public.staff_conversations (
    conversation_id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    staff_id uuid NOT NULL,
    title text,
    pinned boolean NOT NULL DEFAULT false,
    message_count integer NOT NULL DEFAULT 0,
    last_message_at timestamp without time zone,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.staff_messages (
    id bigint NOT NULL DEFAULT nextval('public.message_number_seq'::regclass) PRIMARY KEY,
    conversation_id uuid NOT NULL,
    role public.message_role NOT NULL,
    content text NOT NULL,
    sources jsonb,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.sync_history (
    id serial PRIMARY KEY,
    tenant_id uuid NOT NULL,
    source text NOT NULL,
    status public.sync_status NOT NULL,
    triggered_by text NOT NULL DEFAULT 'schedule',
    rows_read bigint NOT NULL DEFAULT 0,
    drift double precision,
    took interval,
    error text,
    started_at timestamp(3) with time zone NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.05, fillfactor = 80);

CREATE TABLE public.user_tenant_permissions (
    id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    role public.staff_role NOT NULL,
    permissions public.permission[] NOT NULL DEFAULT ARRAY['read'::public.permission],
    granted_by uuid,
    granted_at timestamptz NOT NULL DEFAULT '-infinity',
    expires_at timestamptz NOT NULL DEFAULT 'infinity',
    CONSTRAINT user_tenant_permissions_user_tenant_key UNIQUE (user_id, tenant_id),
    CONSTRAINT "expires after it's granted" CHECK (expires_at > granted_at)
);
