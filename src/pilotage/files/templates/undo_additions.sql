DECLARE
    written pg_catalog.xid;
    foreign_file pg_catalog.text;
BEGIN
    -- Were the tables created by our files, each file's in one transaction? Otherwise this file has not run here.
    SELECT file INTO foreign_file FROM {{creating}} AS files WHERE NOT as_created LIMIT 1;
    IF foreign_file IS NOT NULL THEN
        RAISE INFO USING
            MESSAGE = 'nothing to undo: ' || {{file}} || ' has not run here, for the tables of ' || foreign_file
                || ' are not there as that file creates them';
        RETURN;
    END IF;
    SELECT transaction INTO written FROM {{creating}} AS files ORDER BY age(transaction) DESC LIMIT 1;

{{statements}}
END
