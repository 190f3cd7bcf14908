-- The SHA-256 of the SHA-256 of each $3 bytes of large objects' contents: $1 are their OIDs, $2 their lengths.
-- Piece by piece, because a content may be larger than any value of PostgreSQL.
SELECT o.oid::int8 AS oid, encode(sha256(string_agg(sha256(lo_get(o.oid, piece.at, $3::int)), ''::bytea ORDER BY piece.at)), 'hex') AS digest
FROM unnest($1::int8[]::oid[], $2::int8[]) AS o (oid, bytes)
CROSS JOIN LATERAL generate_series(0, greatest(o.bytes - 1, 0), $3::int) AS piece (at)
GROUP BY o.oid
