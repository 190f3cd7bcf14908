(
        -- A row of pg_depend is written when its object is created, and so tells by which transaction. Nothing but
        -- ALTER ... SET SCHEMA writes it again. Each file also wrote the rows of some columns again, in one
        -- subtransaction: tables that somebody else has created in one transaction do not look like that.
        SELECT
            created.file,
            created.complete AND created.transactions = 1
                AND (signed.rows IS NULL OR signed.rows = signed.expected AND signed.transactions = 1
                    AND age(signed.transaction) < age(created.transaction)) AS as_created,
            created.transaction
        FROM (
            SELECT listed.file, count(listed.oid) = count(*) AS complete,
                count(DISTINCT creation.xmin::text) AS transactions,
                min(creation.xmin::text)::xid AS transaction
            FROM {{anchors}}
            LEFT JOIN pg_depend AS creation
                ON creation.classid = listed.catalog AND creation.objid = listed.oid AND creation.objsubid = 0
                AND creation.refclassid = 'pg_namespace'::regclass AND creation.deptype = 'n'
            WHERE listed.file IS NOT NULL
            GROUP BY listed.file
        ) AS created
        LEFT JOIN (
            SELECT signature.file, count(*) AS expected, count(a.attnum) AS rows,
                count(DISTINCT a.xmin::text) AS transactions, min(a.xmin::text)::xid AS transaction
            FROM {{signatures}}
            LEFT JOIN pg_attribute AS a ON a.attrelid = signature.relation AND a.attname = signature.name
            GROUP BY signature.file
        ) AS signed ON signed.file = created.file
    )
