-- Everything that a PostgreSQL 18 database holds in schemas of its users, one line of text for each fact. Names and
-- definitions only, no OIDs, so that two equal databases give equal lines.
WITH mine AS MATERIALIZED (
    SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
),
class AS MATERIALIZED (
    SELECT c.*, c.oid::pg_catalog.regclass::text AS label FROM pg_catalog.pg_class AS c WHERE relnamespace IN (SELECT oid FROM mine)
),
type AS MATERIALIZED (
    SELECT t.*, t.oid::pg_catalog.regtype::text AS label
    FROM pg_catalog.pg_type AS t
    WHERE typnamespace IN (SELECT oid FROM mine) AND typtype IN ('d', 'e', 'r')
),
-- A foreign key that the server derived for a partition of the referenced table has a name of the server's choice.
named AS MATERIALIZED (
    SELECT c.oid, CASE WHEN c.conrelid = parent.conrelid THEN parent.conname || ' of ' || c.confrelid::pg_catalog.regclass
        ELSE c.conname END AS label
    FROM pg_catalog.pg_constraint AS c LEFT JOIN pg_catalog.pg_constraint AS parent ON parent.oid = c.conparentid
),
facts (kind, object, facts) AS (
    SELECT 'schema', n.nspname::text, jsonb_build_array(n.nspowner::pg_catalog.regrole, n.nspacl)
    FROM pg_catalog.pg_namespace AS n WHERE oid IN (SELECT oid FROM mine)
    UNION ALL
    SELECT 'extension', extname::text, jsonb_build_array(extversion, extnamespace::pg_catalog.regnamespace)
    FROM pg_catalog.pg_extension
    UNION ALL
    SELECT 'relation', label, jsonb_build_array(
        relkind, relpersistence, relowner::pg_catalog.regrole, relacl, reloptions, relreplident, relrowsecurity,
        relforcerowsecurity, relispopulated, pg_catalog.pg_get_expr(relpartbound, oid),
        CASE relkind WHEN 'p' THEN pg_catalog.pg_get_partkeydef(oid) END,
        CASE WHEN relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(oid) END,
        (SELECT amname FROM pg_catalog.pg_am WHERE pg_am.oid = relam), reltablespace,
        (SELECT array_agg(inhparent::pg_catalog.regclass::text ORDER BY inhseqno) FROM pg_catalog.pg_inherits WHERE inhrelid = class.oid)
    )
    FROM class
    UNION ALL
    SELECT 'column', label || ' ' || place, jsonb_build_array(
        attname, pg_catalog.format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, "default",
        attcollation::pg_catalog.regcollation, attstorage, attcompression, attstattarget, attacl, attoptions, attislocal, attinhcount
    )
    FROM (
        SELECT a.*, label, pg_catalog.pg_get_expr(adbin, adrelid) AS "default",
            row_number() OVER (PARTITION BY attrelid ORDER BY attnum) AS place
        FROM class
        JOIN pg_catalog.pg_attribute AS a ON attrelid = class.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relkind <> 'i'
    ) AS a
    UNION ALL
    SELECT 'constraint', coalesce(class.label, type.label, '?') || ' ' || named.label, jsonb_build_array(
        pg_catalog.pg_get_constraintdef(c.oid), contype, convalidated, conenforced, conislocal, coninhcount,
        CASE WHEN contype IN ('c', 'n') THEN connoinherit END,
        (SELECT label FROM named WHERE named.oid = c.conparentid)
    )
    FROM pg_catalog.pg_constraint AS c
    JOIN named ON named.oid = c.oid
    LEFT JOIN class ON class.oid = conrelid
    LEFT JOIN type ON type.oid = contypid
    WHERE connamespace IN (SELECT oid FROM mine)
    UNION ALL
    SELECT 'index', label, jsonb_build_array(
        pg_catalog.pg_get_indexdef(oid), indisvalid, indisready, indisreplident, indisclustered, indimmediate
    )
    FROM class JOIN pg_catalog.pg_index ON indexrelid = oid
    UNION ALL
    -- The server names its own triggers by OID.
    SELECT 'trigger', label || ' ' || CASE WHEN tgisinternal THEN coalesce(
            (SELECT label FROM named WHERE named.oid = tgconstraint), ''
        ) || ' ' || tgfoid::pg_catalog.regproc ELSE tgname END,
        jsonb_build_array(
            tgenabled, tgdeferrable, tginitdeferred, CASE WHEN NOT tgisinternal THEN pg_catalog.pg_get_triggerdef(t.oid) END
        )
    FROM pg_catalog.pg_trigger AS t JOIN class ON class.oid = tgrelid
    UNION ALL
    SELECT 'rule', label || ' ' || rulename, jsonb_build_array(ev_enabled, pg_catalog.pg_get_ruledef(r.oid))
    FROM pg_catalog.pg_rewrite AS r JOIN class ON class.oid = ev_class
    UNION ALL
    SELECT 'policy', label || ' ' || polname, jsonb_build_array(
        polcmd, polpermissive, polroles::pg_catalog.regrole[]::text[], pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)
    )
    FROM pg_catalog.pg_policy JOIN class ON class.oid = polrelid
    UNION ALL
    SELECT 'sequence', label, jsonb_build_array(
        seqtypid::pg_catalog.regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle, d.last_value, d.is_called,
        (
            SELECT array_agg(refobjid::pg_catalog.regclass || '.' || attname || ' ' || deptype::text)
            FROM pg_catalog.pg_depend JOIN pg_catalog.pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
            WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND objid = class.oid AND deptype IN ('a', 'i')
        )
    )
    FROM class JOIN pg_catalog.pg_sequence ON seqrelid = class.oid, pg_catalog.pg_get_sequence_data(class.oid) AS d
    UNION ALL
    SELECT 'type', label, jsonb_build_array(
        typtype, typowner::pg_catalog.regrole, typacl, pg_catalog.format_type(typbasetype, typtypmod), typnotnull, typdefault,
        (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = type.oid)
    )
    FROM type
    UNION ALL
    SELECT 'function', p.oid::pg_catalog.regprocedure::text, jsonb_build_array(
        proowner::pg_catalog.regrole, proacl, CASE WHEN prokind IN ('f', 'p') THEN pg_catalog.pg_get_functiondef(p.oid) END
    )
    FROM pg_catalog.pg_proc AS p WHERE pronamespace IN (SELECT oid FROM mine)
    UNION ALL
    SELECT 'comment', i.type || ' ' || i.identity, to_jsonb(description)
    FROM pg_catalog.pg_description AS d, pg_catalog.pg_identify_object(classoid, objoid, objsubid) AS i
    WHERE objoid >= 16384 OR classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
    UNION ALL
    SELECT 'default privileges', coalesce(defaclnamespace::pg_catalog.regnamespace::text, ''),
        jsonb_build_array(defaclrole::pg_catalog.regrole, defaclobjtype, defaclacl)
    FROM pg_catalog.pg_default_acl
    UNION ALL
    SELECT 'event trigger', evtname::text, jsonb_build_array(evtevent, evtfoid::pg_catalog.regprocedure, evtenabled, evttags)
    FROM pg_catalog.pg_event_trigger
    UNION ALL
    SELECT 'publication', pubname::text, to_jsonb(p) - 'oid' FROM pg_catalog.pg_publication AS p
)
SELECT array_agg(line ORDER BY line)
FROM (SELECT kind || ' ' || object || ': ' || facts AS line FROM facts) AS lines
