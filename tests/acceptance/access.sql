-- A small application with tenants: policies of every kind, partitions, views as who asks and as their owner.
CREATE SCHEMA app;
CREATE FUNCTION app.uid() RETURNS int LANGUAGE sql STABLE AS $function$
    SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::int
$function$;
CREATE TABLE app.member (user_id int PRIMARY KEY, tenant text NOT NULL);
INSERT INTO app.member SELECT i, chr(97 + i % 3) FROM generate_series(1, 9) AS i;
CREATE TABLE app.note (id int PRIMARY KEY, tenant text NOT NULL, owner_id int, hidden boolean NOT NULL, body text);
INSERT INTO app.note SELECT i, chr(97 + i % 3), i % 9 + 1, i % 4 = 0, 'note ' || i FROM generate_series(1, 41) AS i;
ALTER TABLE app.note ENABLE ROW LEVEL SECURITY;
CREATE POLICY "of the tenant" ON app.note USING (tenant = current_setting('app.tenant', true));
CREATE POLICY "own" ON app.note FOR ALL TO access_user USING (owner_id = app.uid())
    WITH CHECK (owner_id = app.uid() AND NOT hidden);
CREATE POLICY "not hidden" ON app.note AS RESTRICTIVE FOR SELECT TO access_anon, access_user USING (NOT hidden);
CREATE POLICY "delete own" ON app.note FOR DELETE TO access_anon USING (owner_id = 1);
CREATE TABLE app.event (id int, tenant text, day date) PARTITION BY RANGE (day);
CREATE TABLE app.event_old PARTITION OF app.event FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE app.event_new PARTITION OF app.event FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
INSERT INTO app.event SELECT i, chr(97 + i % 3), DATE '2025-12-01' + i FROM generate_series(1, 60) AS i;
ALTER TABLE app.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.event_old ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.event_new ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants ON app.event USING (tenant = current_setting('app.tenant', true));
CREATE POLICY tenants ON app.event_new FOR SELECT USING (tenant = current_setting('app.tenant', true));
CREATE TABLE app.secret (id int, text text);
INSERT INTO app.secret VALUES (1, 'one'), (2, 'two');
ALTER TABLE app.secret OWNER TO access_owner;
ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY first ON app.secret FOR SELECT USING (id = 1);
CREATE VIEW app.notes WITH (security_invoker = true) AS SELECT id, tenant, body FROM app.note;
CREATE VIEW app.titles AS SELECT id, body FROM app.note WHERE NOT hidden;
CREATE TABLE app.plain (id int);
CREATE VIEW app.closed WITH (security_invoker = true) AS SELECT id FROM app.plain;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.note, app.event, app.event_old, app.event_new TO access_anon, access_user;
GRANT SELECT ON app.notes, app.titles, app.closed TO access_anon, access_user;
GRANT SELECT, INSERT ON app.secret TO access_user;
GRANT SELECT (user_id) ON app.member TO access_user;
