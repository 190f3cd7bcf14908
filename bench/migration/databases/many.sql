-- Empty tables, each with a primary key, a unique constraint, two more indexes and a foreign key to an earlier
-- table. Needs :scale; at 1 there are 1,200, in six schemas. In steps that fit the server's lock table.
SELECT set_config('bench.tables', greatest(1200 * :scale, 2)::int::text, false) \g /dev/null
DO $$
BEGIN
    FOR area IN 0..5 LOOP
        EXECUTE format('CREATE SCHEMA area_%s', area);
    END LOOP;
    FOR n IN 0..current_setting('bench.tables')::int - 1 LOOP
        EXECUTE format(
            'CREATE TABLE area_%1$s.thing_%2$s ('
            ' id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE, other_id bigint,'
            ' amount numeric(12, 2) CHECK (amount >= 0), details jsonb, changed_at timestamptz DEFAULT now())',
            n % 6, n);
        EXECUTE format('CREATE INDEX ON area_%s.thing_%s (other_id)', n % 6, n);
        EXECUTE format('CREATE INDEX ON area_%s.thing_%s (changed_at)', n % 6, n);
        IF n > 0 THEN
            EXECUTE format(
                'ALTER TABLE area_%s.thing_%s ADD FOREIGN KEY (other_id) REFERENCES area_%s.thing_%s',
                n % 6, n, n / 2 % 6, n / 2);
        END IF;
        IF n % 50 = 49 THEN
            COMMIT;
        END IF;
    END LOOP;
END
$$;
