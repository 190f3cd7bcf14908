DECLARE
    written pg_catalog.xid;
    foreign_file pg_catalog.text;
BEGIN
    -- Were the tables created by our files, each file's in one transaction? Otherwise this file has not run here.
    -- A row of pg_depend is written when its object is created, and nothing but ALTER ... SET SCHEMA writes it again.
    SELECT file INTO foreign_file
    FROM (
        SELECT listed.file, pg_catalog.count(oid) = pg_catalog.count(*) AS complete,
            pg_catalog.min(creation.xmin::pg_catalog.text) AS first, pg_catalog.max(creation.xmin::pg_catalog.text) AS last
        FROM {{anchors}}
        LEFT JOIN pg_catalog.pg_depend AS creation
            ON creation.classid = listed.catalog AND creation.objid = listed.oid AND creation.objsubid = 0
            AND creation.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND creation.deptype = 'n'
        WHERE listed.file IS NOT NULL
        GROUP BY listed.file
    ) AS files
    WHERE NOT complete OR first IS DISTINCT FROM last
    LIMIT 1;
    IF foreign_file IS NOT NULL THEN
        RAISE INFO USING
            MESSAGE = 'nothing to undo: ' || {{file}} || ' has not run here, for the tables of ' || foreign_file
                || ' are not there as that file creates them';
        RETURN;
    END IF;
    SELECT creation.xmin INTO written
    FROM {{anchors}}
    JOIN pg_catalog.pg_depend AS creation
        ON creation.classid = listed.catalog AND creation.objid = listed.oid AND creation.objsubid = 0
        AND creation.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND creation.deptype = 'n'
    ORDER BY pg_catalog.age(creation.xmin) DESC
    LIMIT 1;

{{statements}}
END
