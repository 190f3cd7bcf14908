-- One giant table with three indexes. Needs :scale; at 1 it has 8,000,000 rows, and the database 1.4 GB.
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY,
    device int NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    amount numeric(12, 2) NOT NULL,
    detail text NOT NULL
);
INSERT INTO journal (device, at, kind, amount, detail)
SELECT
    n % 5000, timestamptz '2024-01-01 00:00Z' + n * interval '3 seconds',
    (ARRAY['start', 'stop', 'reading', 'alarm'])[1 + n % 4], (n::bigint * 7919 % 1000000) / 100.0, md5(n::text)
FROM generate_series(1, greatest(8000000 * :scale, 1)::int) AS n;
ALTER TABLE journal ADD PRIMARY KEY (id);
CREATE INDEX ON journal (at);
CREATE INDEX ON journal (device, at);
