-- Every change of a definition that this database allows, and of what the catalog says, one line a change: what is
-- changed, by which statement, and which object and fact the verdict has to name.
WITH spaces AS (
    SELECT oid, nspname, quote_ident(nspname) AS name FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
),
mine AS (
    SELECT c.*, c.oid::regclass::text AS name, CASE relkind WHEN 'S' THEN pg_sequence_last_value(c.oid) END AS position,
        -- What is done to a table is done to its partitions and children.
        ARRAY(
            WITH RECURSIVE below (relid) AS (
                SELECT c.oid UNION SELECT inhrelid FROM pg_inherits JOIN below ON inhparent = relid
            )
            SELECT relid::regclass::text FROM below
        ) AS all_names
    FROM pg_class AS c
    WHERE relnamespace IN (SELECT oid FROM spaces)
        -- not: what belongs to extensions
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
),
routines AS (
    SELECT p.*, p.oid::regprocedure::text AS name, format('%I.%I', nspname, proname) AS all_of_name FROM pg_proc AS p JOIN spaces ON spaces.oid = pronamespace
    WHERE prokind = 'f'
        -- not: what belongs to extensions, and what a type brings
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype IN ('e', 'i'))
),
policies AS (
    SELECT p.*, mine.name, quote_ident(polname) || ' on ' || mine.name AS label,
        CASE polcmd WHEN '*' THEN 'ALL' WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' ELSE 'DELETE' END AS command,
        (SELECT string_agg(CASE each WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(each)) END, ', ') FROM unnest(polroles) AS each) AS roles,
        pg_get_expr(polqual, polrelid) AS shown, pg_get_expr(polwithcheck, polrelid) AS checked
    FROM pg_policy AS p JOIN mine ON mine.oid = polrelid
),
triggers AS (
    SELECT t.*, mine.name, mine.all_names, quote_ident(tgname) || ' on ' || mine.name AS label
    FROM pg_trigger AS t JOIN mine ON mine.oid = tgrelid WHERE NOT tgisinternal AND tgparentid = 0
),
constraints AS (
    SELECT k.*, mine.name, mine.all_names, quote_ident(conname) || ' on ' || mine.name AS label
    FROM pg_constraint AS k JOIN mine ON mine.oid = conrelid WHERE conparentid = 0 AND coninhcount = 0
),
columns AS (
    SELECT a.*, mine.name, mine.all_names, mine.relkind, quote_ident(attname) AS of_column, mine.name || '.' || quote_ident(attname) AS label
    FROM pg_attribute AS a JOIN mine ON mine.oid = attrelid
    WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p') AND NOT relispartition AND attinhcount = 0 AND reloftype = 0
),
roles AS (SELECT quote_ident(rolname) AS name FROM pg_roles WHERE rolname ~ '_(reader|visitor|app|role|clerk|keeper)$' OR rolname IN ('anon', 'authenticated')),
changes (id, touches, objects, fact, change) AS (
    SELECT 'policy-kind', ARRAY[name], ARRAY['policy ' || label], '^as$',
        format('DROP POLICY %1$I ON %2$s; CREATE POLICY %1$I ON %2$s AS %3$s FOR %4$s TO %5$s %6$s %7$s', polname, name,
            CASE WHEN polpermissive THEN 'RESTRICTIVE' ELSE 'PERMISSIVE' END, command, roles,
            'USING (' || shown || ')', 'WITH CHECK (' || checked || ')')
    FROM policies WHERE NOT EXISTS (SELECT FROM pg_description WHERE classoid = 'pg_policy'::regclass AND objoid = policies.oid)
    UNION ALL
    SELECT 'policy-opened', ARRAY[name], ARRAY['policy ' || label], 'using', format('ALTER POLICY %I ON %s USING ((%s) OR true)', polname, name, shown)
    FROM policies WHERE shown IS NOT NULL
    UNION ALL
    SELECT 'policy-roles', ARRAY[name], ARRAY['policy ' || label], 'roles', format('ALTER POLICY %I ON %s TO pg_monitor', polname, name) FROM policies
    UNION ALL
    SELECT 'policy-dropped', ARRAY[name], ARRAY['policy ' || label], 'exists', format('DROP POLICY %I ON %s', polname, name) FROM policies
    UNION ALL
    SELECT 'policy-new', ARRAY[name], ARRAY['policy one_more on ' || name], 'exists', format('CREATE POLICY one_more ON %s USING (true)', name)
    FROM mine WHERE relrowsecurity
    UNION ALL
    SELECT 'rls-disabled', ARRAY[name], ARRAY['*table ' || name], 'row level security', format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', name)
    FROM mine WHERE relrowsecurity
    UNION ALL
    SELECT 'rls-enabled', ARRAY[name], ARRAY['*table ' || name], 'row level security', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name)
    FROM mine WHERE NOT relrowsecurity AND relkind IN ('r', 'p')
    UNION ALL
    SELECT 'rls-forced', ARRAY[name], ARRAY['*table ' || name], 'row level security', format('ALTER TABLE %s %s ROW LEVEL SECURITY', name,
        CASE WHEN relforcerowsecurity THEN 'NO FORCE' ELSE 'FORCE' END)
    FROM mine WHERE relkind IN ('r', 'p')
    UNION ALL
    SELECT 'owner', ARRAY[name] || ARRAY(SELECT objid::regclass::text FROM pg_depend WHERE refobjid = mine.oid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')), ARRAY[CASE relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'table ' END || name], 'owner',
        format('ALTER TABLE %s OWNER TO pg_database_owner', name)
    FROM mine WHERE relkind IN ('r', 'v', 'm')
    UNION ALL
    SELECT 'grant', ARRAY[mine.name], ARRAY[CASE relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || mine.name], 'privileges', format('GRANT %s ON %s TO pg_monitor', privilege, mine.name)
    FROM mine, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege WHERE relkind IN ('r', 'v')
    UNION ALL
    SELECT 'grant-option', ARRAY[mine.name], ARRAY['table ' || mine.name], 'privileges', format('GRANT SELECT ON %s TO %s WITH GRANT OPTION', mine.name, roles.name)
    FROM mine, roles WHERE relkind = 'r'
    UNION ALL
    SELECT 'grant-of-column', ARRAY[name], ARRAY['table column ' || label], 'privileges', format('GRANT UPDATE (%s) ON %s TO pg_monitor', of_column, name) FROM columns
    UNION ALL
    SELECT DISTINCT 'revoke', ARRAY[mine.name], ARRAY['table ' || mine.name], 'privileges|MAINTAIN', format('REVOKE %s ON %s FROM %s', privilege_type, mine.name, grantee::regrole)
    FROM mine, aclexplode(relacl) WHERE relkind = 'r' AND grantee NOT IN (0, relowner) AND grantor = relowner
    UNION ALL
    SELECT 'grant-of-routine', ARRAY[all_of_name], ARRAY['function ' || all_of_name || '(*'], 'privileges', format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', name)
    FROM routines WHERE proacl IS NULL
    UNION ALL
    SELECT 'routine-security', ARRAY[all_of_name], ARRAY['function ' || all_of_name || '(*'], '.', format('ALTER FUNCTION %s SECURITY %s', name, CASE WHEN prosecdef THEN 'INVOKER' ELSE 'DEFINER' END)
    FROM routines
    UNION ALL
    SELECT 'routine-setting', ARRAY[all_of_name], ARRAY['function ' || all_of_name || '(*'], '.', format('ALTER FUNCTION %s SET work_mem TO ''5MB''', name) FROM routines
    UNION ALL
    SELECT 'routine-source', ARRAY[all_of_name], ARRAY['function ' || all_of_name || '(*'], '.', format('UPDATE pg_proc SET prosrc = prosrc || '' '' WHERE oid = %s', oid)
    FROM routines WHERE prosqlbody IS NULL
    UNION ALL
    SELECT 'trigger-disabled', all_names, ARRAY['trigger ' || label], 'fires|exists', format('ALTER TABLE %s DISABLE TRIGGER %I', name, tgname) FROM triggers WHERE tgenabled <> 'D'
    UNION ALL
    SELECT 'trigger-always', all_names, ARRAY['trigger ' || label], 'fires|exists', format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', name, tgname) FROM triggers WHERE tgenabled <> 'A'
    UNION ALL
    SELECT 'trigger-dropped', all_names, ARRAY['trigger ' || label], 'exists', format('DROP TRIGGER %I ON %s', tgname, name) FROM triggers
    UNION ALL
    SELECT 'index-invalid', ARRAY[i.indrelid::regclass::text], ARRAY['index ' || mine.name], 'valid', format('UPDATE pg_index SET indisvalid = false WHERE indexrelid = %L::regclass', mine.name)
    FROM mine JOIN pg_index AS i ON indexrelid = mine.oid WHERE mine.relkind = 'i' AND indisvalid AND NOT mine.relispartition
    UNION ALL
    SELECT 'index-dropped', ARRAY[i.indrelid::regclass::text], ARRAY['index ' || mine.name], 'exists', format('DROP INDEX %s', mine.name)
    FROM mine JOIN pg_index AS i ON indexrelid = mine.oid WHERE mine.relkind = 'i' AND NOT mine.relispartition
    UNION ALL
    SELECT 'index-new', ARRAY[name], ARRAY['index *one_more_of_' || attrelid], 'exists', format('CREATE INDEX one_more_of_%s ON %s (%s)', attrelid, name, of_column) FROM columns WHERE attnotnull AND relkind = 'r'
    UNION ALL
    SELECT 'not-validated', all_names, ARRAY[CASE contype WHEN 'f' THEN 'foreign key ' ELSE '*constraint ' END || label], 'valid|definition',
        format('UPDATE pg_constraint SET convalidated = false WHERE oid = %s', oid)
    FROM constraints WHERE contype IN ('c', 'f') AND convalidated
    UNION ALL
    SELECT 'constraint-dropped', all_names, ARRAY[CASE contype WHEN 'f' THEN 'foreign key ' ELSE '*constraint ' END || label, 'index ' || conindid::regclass], 'exists',
        format('ALTER TABLE %s DROP CONSTRAINT %I', name, conname)
    FROM constraints WHERE contype IN ('c', 'f', 'u', 'x')
    UNION ALL
    SELECT 'key-deferrable', all_names, ARRAY['foreign key ' || label], 'definition|deferrable', format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', name, conname)
    FROM constraints WHERE contype = 'f' AND NOT condeferred
    UNION ALL
    SELECT 'check-new', all_names, ARRAY['*constraint one_more on ' || name], 'exists', format('ALTER TABLE %s ADD CONSTRAINT one_more CHECK (%s IS NULL OR true)', name, of_column) FROM columns
    UNION ALL
    SELECT 'null-allowed', all_names, ARRAY['*' || label], 'not null|nullable', format('ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL', name, of_column)
    FROM columns WHERE attnotnull AND attidentity = ''
    UNION ALL
    SELECT 'collation', all_names, ARRAY['*' || label], 'type|collation|definition', format('ALTER TABLE %s ALTER COLUMN %s TYPE %s COLLATE "POSIX"', name, of_column, format_type(atttypid, atttypmod))
    FROM columns WHERE attcollation = 'pg_catalog.default'::regcollation
    UNION ALL
    SELECT 'default', all_names, ARRAY['*' || label], 'default', format('ALTER TABLE %s ALTER COLUMN %s SET DEFAULT NULL', name, of_column)
    FROM columns WHERE attgenerated = '' AND attidentity = '' AND atthasdef
    UNION ALL
    SELECT 'column-new', all_names, ARRAY['*' || name || '.one_more'], '.', format('ALTER TABLE %s ADD COLUMN one_more int', name) FROM mine WHERE relkind = 'r' AND NOT relispartition AND reloftype = 0
    UNION ALL
    SELECT 'column-renamed', all_names, ARRAY['*' || label], '.', format('ALTER TABLE %s RENAME COLUMN %s TO renamed', name, of_column) FROM columns
        -- not: columns whose names stand in definitions of other objects
    WHERE NOT EXISTS (SELECT FROM pg_depend WHERE refobjid = attrelid AND refobjsubid = attnum)
    UNION ALL
    SELECT 'column-type', all_names, ARRAY['*' || label], 'type', format('ALTER TABLE %s ALTER COLUMN %s TYPE bigint', name, of_column)
    FROM columns WHERE atttypid = 'int4'::regtype AND attidentity = ''
    UNION ALL
    SELECT 'storage', all_names, ARRAY['*' || label], 'storage', format('ALTER TABLE %s ALTER COLUMN %s SET STORAGE %s', name, of_column, CASE attstorage WHEN 'x' THEN 'EXTERNAL' ELSE 'EXTENDED' END)
    FROM columns WHERE attlen = -1
    UNION ALL
    SELECT 'comment', ARRAY[name], ARRAY['table ' || name], 'comment', format('COMMENT ON TABLE %s IS ''another''', name) FROM mine WHERE relkind = 'r'
    UNION ALL
    SELECT 'comment-on-column', ARRAY[name], ARRAY['table column ' || label], 'comment', format('COMMENT ON COLUMN %s IS ''another''', label) FROM columns
    UNION ALL
    SELECT 'sequence-behind', ARRAY[name], ARRAY['sequence ' || name], 'position|last_value|at least', format('SELECT setval(%L, %s)', name, position - 1)
    FROM mine WHERE position > 1
    UNION ALL
    SELECT 'sequence-not-called', ARRAY[name], ARRAY['sequence ' || name], 'position|is_called|last_value|at least', format('SELECT setval(%L, %s, false)', name, position)
    FROM mine WHERE position IS NOT NULL
    UNION ALL
    SELECT 'sequence-step', ARRAY[name], ARRAY['sequence ' || name], 'increment|definition', format('ALTER SEQUENCE %s INCREMENT %s', name, seqincrement + 1)
    FROM mine JOIN pg_sequence ON seqrelid = mine.oid
    UNION ALL
    SELECT 'view-invoker', ARRAY[name], ARRAY['view ' || name], 'options|security_invoker',
        format('ALTER VIEW %s %s (security_invoker)', name, CASE WHEN reloptions @> '{security_invoker=true}' THEN 'RESET' ELSE 'SET' END)
    FROM mine WHERE relkind = 'v'
    UNION ALL
    SELECT 'view-query', ARRAY[name], ARRAY['view ' || name], 'definition|query', format('CREATE OR REPLACE VIEW %s AS SELECT * FROM (%s) AS v WHERE true', name, rtrim(pg_get_viewdef(oid), ';'))
    FROM mine WHERE relkind = 'v' AND reloptions IS NULL
    UNION ALL
    SELECT 'view-empty', ARRAY[name], ARRAY['materialized view ' || name], 'populated', format('REFRESH MATERIALIZED VIEW %s WITH NO DATA', name) FROM mine WHERE relkind = 'm' AND relispopulated
    UNION ALL
    -- not: where there is none yet, since a target may have its own: the verdict lists those as not compared
    SELECT DISTINCT 'default-privilege', ARRAY['default privileges in ' || name], ARRAY['default acl *' || name || '*'], 'privileges',
        format('ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA %s GRANT ALL ON TABLES TO pg_monitor', defaclrole::regrole, name)
    FROM spaces JOIN pg_default_acl ON defaclnamespace = spaces.oid AND defaclobjtype = 'r'
    UNION ALL
    SELECT 'grant-of-schema', ARRAY['schema ' || name], ARRAY['schema ' || name], 'privileges', format('GRANT CREATE ON SCHEMA %s TO pg_monitor', name) FROM spaces
    UNION ALL
    SELECT 'schema-new', ARRAY['new schema'], ARRAY['schema one_more'], 'exists', 'CREATE SCHEMA one_more'
    UNION ALL
    SELECT 'table-new', ARRAY['new table in ' || name], ARRAY['table ' || name || '.one_more'], 'exists', format('CREATE TABLE %s.one_more (a int)', name) FROM spaces
    UNION ALL
    SELECT 'partition-detached', ARRAY[name, inhparent::regclass::text] || ARRAY(SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = mine.oid), ARRAY['*' || name], '.', format('ALTER TABLE %s DETACH PARTITION %s', inhparent::regclass, name)
    FROM mine JOIN pg_inherits ON inhrelid = mine.oid WHERE relkind = 'r' AND relispartition
    UNION ALL
    SELECT 'label-new', ARRAY[t.oid::regtype::text], ARRAY['*' || t.oid::regtype::text], 'detail', format('ALTER TYPE %s ADD VALUE ''one more''', t.oid::regtype)
    FROM pg_type AS t WHERE typtype = 'e' AND typnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'large-object-byte', ARRAY['large object ' || oid], ARRAY['large object ' || oid], '.', format('SELECT lo_put(%s, 3, ''\xfe'')', oid) FROM pg_largeobject_metadata
    UNION ALL
    SELECT 'large-object-owner', ARRAY['large object ' || oid], ARRAY['large object ' || oid], 'owner', format('ALTER LARGE OBJECT %s OWNER TO pg_monitor', oid) FROM pg_largeobject_metadata
    UNION ALL
    SELECT 'large-object-gone', ARRAY['large object ' || oid], ARRAY['large object ' || oid], 'exists', format('SELECT lo_unlink(%s)', oid) FROM pg_largeobject_metadata
)
SELECT id, touches, objects, fact, change FROM changes WHERE change IS NOT NULL ORDER BY id, touches, change
