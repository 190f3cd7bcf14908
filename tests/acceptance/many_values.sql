-- Of each type some hundred values or more that differ in few bits, or in nothing that SQL calls a difference.
CREATE TABLE of_int8 AS
SELECT sign * ((1::int8 << n) # (1::int8 << m)) AS v
FROM generate_series(0, 62) AS n, generate_series(0, 62) AS m, (VALUES (1), (-1)) AS s (sign);

CREATE TABLE of_int4 AS
SELECT sign * (1 << n) AS v FROM generate_series(0, 30) AS n, (VALUES (1), (-1)) AS s (sign);

CREATE TABLE of_numeric AS
SELECT round(sign * n * (10::numeric ^ e), d) AS v
FROM generate_series(0, 12) AS n, generate_series(-9, 9, 3) AS e, generate_series(0, 9) AS d,
    (VALUES (1), (-1)) AS s (sign)
UNION ALL VALUES ('NaN'::numeric), ('Infinity'), ('-Infinity');

CREATE TABLE of_float8 AS
SELECT sign * n * (2::float8 ^ e) AS v
FROM generate_series(0, 40) AS n, generate_series(-90, 90) AS e, (VALUES (1::float8), (-1)) AS s (sign)
UNION ALL VALUES ('NaN'::float8), ('Infinity'), ('-Infinity'), ('-0'), (pi());

CREATE TABLE of_float4 AS
SELECT (sign * n * (2::float8 ^ e))::float4 AS v
FROM generate_series(0, 40) AS n, generate_series(-20, 20) AS e, (VALUES (1::float8), (-1)) AS s (sign)
UNION ALL VALUES ('NaN'::float4), ('-0'), (pi()::float4);

CREATE TABLE of_timestamptz AS
SELECT '2000-01-01+00'::timestamptz + ((1::int8 << n) # (1::int8 << m)) * interval '1 microsecond' AS v
FROM generate_series(0, 55) AS n, generate_series(0, 55) AS m
UNION ALL VALUES ('infinity'::timestamptz), ('-infinity');

CREATE TABLE of_time AS
SELECT '00:00'::time + ((1::int8 << n) # (1::int8 << m)) * interval '1 microsecond' AS v
FROM generate_series(0, 35) AS n, generate_series(0, 35) AS m;

CREATE TABLE of_timetz AS
SELECT ('12:00+00'::timetz + n * interval '1 h') AT TIME ZONE (m * interval '1 h') AS v
FROM generate_series(-9, 9) AS n, generate_series(-9, 9) AS m;

CREATE TABLE of_interval AS
SELECT make_interval(months => n, days => 30 * m, secs => 86400 * o) AS v
FROM generate_series(-5, 5) AS n, generate_series(-5, 5) AS m, generate_series(-3, 3) AS o;

CREATE TABLE of_date AS
SELECT '2000-01-01'::date + sign * (1 << n) AS v FROM generate_series(0, 20) AS n, (VALUES (1), (-1)) AS s (sign)
UNION ALL VALUES ('infinity'::date), ('-infinity');

CREATE TABLE of_bpchar (v bpchar);
INSERT INTO of_bpchar
SELECT repeat(' ', n) || repeat('a', m) || repeat(' ', o)
FROM generate_series(0, 9) AS n, generate_series(0, 3) AS m, generate_series(0, 9) AS o;

CREATE TABLE of_varbit AS
SELECT repeat('0', n)::varbit || repeat('1', m)::varbit || repeat('0', o)::varbit AS v
FROM generate_series(0, 9) AS n, generate_series(0, 9) AS m, generate_series(0, 9) AS o;

CREATE TABLE of_inet AS
SELECT set_masklen(('10.0.0.' || n)::inet, m) AS v FROM generate_series(0, 99) AS n, generate_series(0, 32) AS m;

CREATE TABLE of_jsonb AS
SELECT jsonb_build_array(jsonb_build_array(n), round(m::numeric, o), NULL) AS v
FROM generate_series(0, 9) AS n, generate_series(0, 9) AS m, generate_series(0, 9) AS o;

CREATE TABLE of_int4s AS
SELECT ('[' || n || ':' || n + m || ']={' || repeat('1,', m) || o || '}')::int4[] AS v
FROM generate_series(-9, 9) AS n, generate_series(0, 9) AS m, generate_series(0, 9) AS o;

CREATE TABLE of_float8s AS
SELECT ARRAY[n, m, o]::float8[] AS v
FROM generate_series(0, 9) AS n, unnest('{0,-0,NaN,1,NULL}'::float8[]) AS m, unnest('{0,-0,NaN}'::float8[]) AS o;

CREATE TABLE of_numrange AS
SELECT numrange(round(n::numeric, m), round(n + 1::numeric, o), b) AS v
FROM generate_series(0, 9) AS n, generate_series(0, 4) AS m, generate_series(0, 4) AS o,
    (VALUES ('[]'), ('()'), ('[)'), ('(]')) AS s (b);

CREATE TABLE of_text AS
SELECT repeat('a', n) || repeat(chr(m), o) AS v
FROM generate_series(0, 40) AS n, generate_series(1, 100) AS m, generate_series(0, 2) AS o;

CREATE TABLE of_bytea AS
SELECT decode(repeat('00', n) || to_hex(16 + m) || repeat('00', o), 'hex') AS v
FROM generate_series(0, 30) AS n, generate_series(0, 100) AS m, generate_series(0, 2) AS o;
