-- How large tables are, in blocks, and in which file each lies: a table that was rewritten lies in another. By the
-- tables' places among those given, from 0.
SELECT
    (wanted.number - 1)::int AS number,
    pg_relation_size(c.oid) / current_setting('block_size')::int AS blocks,
    pg_relation_filenode(c.oid)::int8 AS filenode
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (schema, name, number)
JOIN pg_namespace n ON n.nspname = wanted.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
