-- A database as a managed service keeps it: the user who connects owns what is in public and app, and is no
-- superuser; the service's own schemas, extension and event trigger belong to another role.
CREATE ROLE m_service NOLOGIN;
CREATE ROLE m_user LOGIN PASSWORD 'm_user' CREATEROLE CREATEDB;
CREATE ROLE m_anon NOLOGIN NOINHERIT;
CREATE ROLE m_authenticated NOLOGIN NOINHERIT;
DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO m_user', current_database()); END $do$;

CREATE SCHEMA auth AUTHORIZATION m_service;
CREATE SCHEMA storage AUTHORIZATION m_service;
CREATE SCHEMA extensions AUTHORIZATION m_service;
CREATE EXTENSION citext SCHEMA extensions;
GRANT USAGE ON SCHEMA extensions, auth, storage TO m_user, m_anon, m_authenticated;
SET ROLE m_service;
CREATE TABLE auth.users (id int PRIMARY KEY, secret text);
CREATE TABLE storage.objects (id int PRIMARY KEY, name text);
CREATE FUNCTION auth.uid() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
GRANT REFERENCES ON auth.users TO m_user;
GRANT SELECT ON storage.objects TO m_user;
INSERT INTO auth.users VALUES (1, 's'), (2, 't');
INSERT INTO storage.objects VALUES (1, 'hidden');
RESET ROLE;
CREATE FUNCTION extensions.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER service_trigger ON ddl_command_end EXECUTE FUNCTION extensions.on_ddl();

SET ROLE m_user;
CREATE SCHEMA app;
CREATE TABLE public.profiles (
    id int PRIMARY KEY REFERENCES auth.users, mail extensions.citext, secret text, note text
);
CREATE TABLE app.orders (id serial PRIMARY KEY, profile int REFERENCES public.profiles);
CREATE VIEW public.open_profiles WITH (security_invoker) AS SELECT id, note FROM public.profiles;
CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT auth.uid()';
REVOKE EXECUTE ON FUNCTION public.mine() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.mine() TO m_authenticated;
GRANT USAGE ON SCHEMA app TO m_authenticated;
GRANT SELECT (id, note), UPDATE (note) ON public.profiles TO m_authenticated;
GRANT SELECT ON public.open_profiles TO m_anon;
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.profiles FOR SELECT TO m_authenticated USING (id = auth.uid());
INSERT INTO public.profiles VALUES (1, 'A@x', 's', 'n'), (2, 'b@x', 't', NULL);
INSERT INTO app.orders (profile) VALUES (1), (1), (2);
DO $do$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''77s''', current_database());
END $do$;
RESET ROLE;
