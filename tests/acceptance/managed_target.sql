-- Where the same service has made a new project: its own schemas and extension are there, and whatever the user
-- creates in public is open to the API's roles.
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
CREATE FUNCTION auth.uid() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
GRANT SELECT, REFERENCES ON auth.users TO m_user;
INSERT INTO auth.users VALUES (1, 's'), (2, 't');
RESET ROLE;
ALTER DEFAULT PRIVILEGES FOR ROLE m_user IN SCHEMA public GRANT ALL ON TABLES TO m_anon, m_authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE m_user IN SCHEMA public GRANT ALL ON SEQUENCES TO m_anon, m_authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE m_user IN SCHEMA public GRANT ALL ON FUNCTIONS TO m_anon, m_authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE m_user GRANT USAGE ON SCHEMAS TO m_anon;
