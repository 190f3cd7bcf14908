-- Views in schemas of the HTTP interface that run with their owner's rights and that one of its roles may read.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format(
        'View %I.%I reads its tables with the rights of its owner %I', n.nspname, c.relname,
        pg_get_userbyid(c.relowner)
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'view') AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key,
    json_build_object(
        'statements', json_build_array(format('ALTER VIEW %I.%I SET (security_invoker = true)', n.nspname, c.relname)),
        'reverse', json_build_array((
            -- as it was written, off, false or 0, and all options in their order, which is theirs to keep only so
            SELECT
                CASE
                    WHEN bool_or(o.option_name = 'security_invoker')
                        THEN format(
                            'ALTER VIEW %I.%I SET (%s)', n.nspname, c.relname,
                            string_agg(format('%I = %L', o.option_name, o.option_value), ', ' ORDER BY o.place)
                        )
                    ELSE format('ALTER VIEW %I.%I RESET (security_invoker)', n.nspname, c.relname)
                END
            FROM pg_options_to_table(c.reloptions) WITH ORDINALITY AS o (option_name, option_value, place)
        )),
        'together', true,
        -- a suggestion: nothing could prove that it changes nothing
        'proof', json_build_object(
            'proved', false,
            'reason',
            'it is meant to change what is seen: each user then needs privileges on what the view reads, and sees only what '
            'policies let that user see'
        )
    ) AS fix
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = ANY ($2::text[])
    AND c.relkind = 'v'
    -- not: views that ask for the user; the option's text is as it was written: true, on, 1
    AND NOT EXISTS (
        SELECT FROM pg_options_to_table(c.reloptions) AS o
        WHERE o.option_name = 'security_invoker' AND o.option_value::boolean
    )
    AND EXISTS (
        SELECT FROM unnest($3::text[]) AS r (role)
        WHERE
            has_schema_privilege(r.role::name, n.oid, 'USAGE')
            AND has_any_column_privilege(r.role::name, c.oid, 'SELECT')
    )
    -- not: views that read no table at all
    AND EXISTS (
        SELECT FROM pg_rewrite w
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        WHERE w.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
    )
