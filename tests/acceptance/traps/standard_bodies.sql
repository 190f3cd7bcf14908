-- Functions with SQL-standard bodies, of which the server knows what they name.
CREATE TABLE account (id int PRIMARY KEY, owner text, balance numeric NOT NULL DEFAULT 0);
INSERT INTO account VALUES (1, 'a', 10), (2, 'b', 20);
CREATE FUNCTION total() RETURNS numeric LANGUAGE sql STABLE RETURN (SELECT sum(balance) FROM account);
CREATE FUNCTION by_owner() RETURNS TABLE (owner text, n bigint) LANGUAGE sql
BEGIN ATOMIC
    SELECT account.owner, count(*) FROM account GROUP BY account.id;
END;
CREATE PROCEDURE move(a int, b int, amount numeric) LANGUAGE sql
BEGIN ATOMIC
    UPDATE account SET balance = balance - amount WHERE id = a;
    UPDATE account SET balance = balance + amount WHERE id = b;
    INSERT INTO account VALUES (a + b, 'x;y', 0) ON CONFLICT (id) DO UPDATE SET balance = excluded.balance;
END;
CREATE FUNCTION next_id() RETURNS int LANGUAGE sql RETURN 1 + coalesce((SELECT max(id) FROM account), 0);
ALTER TABLE account ALTER id SET DEFAULT next_id();
CREATE VIEW rich AS SELECT * FROM account WHERE balance > total();
CREATE FUNCTION richest() RETURNS SETOF rich LANGUAGE sql BEGIN ATOMIC SELECT * FROM rich; END;
CREATE MATERIALIZED VIEW owners AS SELECT * FROM by_owner();
CREATE INDEX ON owners (n);
CREATE FUNCTION of_matview() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM owners);
COMMENT ON FUNCTION by_owner() IS 'needs the primary key';
REVOKE EXECUTE ON FUNCTION by_owner() FROM PUBLIC;
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE sql IMMUTABLE RETURN $1 + $2;
CREATE OPERATOR <+> (FUNCTION = plus, LEFTARG = int, RIGHTARG = int);
CREATE AGGREGATE summed(int) (SFUNC = plus, STYPE = int, INITCOND = '0');
CREATE FUNCTION with_operator(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN $1 OPERATOR(public.<+>) 1;
CREATE TABLE checked (a int CHECK (with_operator(a) > 0), b int GENERATED ALWAYS AS (with_operator(a)) STORED);
INSERT INTO checked VALUES (5);
