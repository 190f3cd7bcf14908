-- Where sequences stand, by OID. Before PostgreSQL 18 each sequence must be read as a relation of its own.
-- NULL where the role may not read the sequence.
SELECT
    c.oid::int8 AS oid,
    data.last_value,
    data.is_called
FROM unnest($1::int8[]) AS wanted (oid)
JOIN pg_class c ON c.oid = wanted.oid::oid
CROSS JOIN LATERAL pg_get_sequence_data(c.oid) AS data
