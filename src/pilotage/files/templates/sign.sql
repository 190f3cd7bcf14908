BEGIN
    BEGIN
{{statements}}
    EXCEPTION WHEN OTHERS THEN
        RAISE;  -- nothing is caught: the clause is here for the subtransaction that it makes
    END;
END
