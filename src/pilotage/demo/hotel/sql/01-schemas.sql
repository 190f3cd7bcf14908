-- Schemas, the vector extension, and a stand-in for Supabase's auth schema: the users' table and the three
-- functions that policies call. What they read is what the API gateway sets for each request.

CREATE SCHEMA extensions;
CREATE SCHEMA auth;
CREATE SCHEMA hotels;

CREATE EXTENSION vector WITH SCHEMA extensions;

COMMENT ON SCHEMA auth IS 'Users and sessions, owned by the platform';
COMMENT ON SCHEMA hotels IS 'The older product: one property per client, kept until its guests have left';

CREATE TABLE auth.users (
    id uuid NOT NULL PRIMARY KEY,
    email text,
    encrypted_password text,
    phone text DEFAULT NULL UNIQUE,
    raw_app_meta_data jsonb NOT NULL DEFAULT '{}',
    raw_user_meta_data jsonb NOT NULL DEFAULT '{}',
    is_anonymous boolean NOT NULL DEFAULT false,
    last_sign_in_at timestamptz,
    banned_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX users_email_key ON auth.users (lower(email)) WHERE NOT is_anonymous;

-- Each claim arrives either as a setting of its own (older gateways) or inside one JSON document.
CREATE FUNCTION auth.jwt() RETURNS jsonb
LANGUAGE sql STABLE
AS $function$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
$function$;

CREATE FUNCTION auth.uid() RETURNS uuid
LANGUAGE sql STABLE
AS $function$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    )::uuid
$function$;

CREATE FUNCTION auth.role() RETURNS text
LANGUAGE sql STABLE
AS $function$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim.role', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
    )
$function$;

COMMENT ON FUNCTION auth.uid() IS 'The signed-in user, or NULL for a visitor';
