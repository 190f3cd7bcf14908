-- Passages of documents with their embeddings. Needs :scale and :hnsw (on or off); at 1 there are 60,000
-- vectors of 768 dimensions and 30,000 of 1,536, about 550 MB without HNSW. A vector is the sum of two of a few
-- random ones, so that there are neighbours to find; the same every time.
CREATE EXTENSION vector;
CREATE TABLE documents (id int PRIMARY KEY, title text NOT NULL);
INSERT INTO documents SELECT n, 'Document ' || n FROM generate_series(1, greatest(3000 * :scale, 1)::int) AS n;

SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.25) \g /dev/null
CREATE TEMPORARY TABLE seeds (id int PRIMARY KEY, small float8[], large float8[]);
INSERT INTO seeds
SELECT id, array_agg(random() - 0.5) FILTER (WHERE dimension <= 768), array_agg(random() - 0.5)
FROM generate_series(0, 399) AS id, generate_series(1, 1536) AS dimension
GROUP BY id;
ALTER TABLE seeds ALTER small TYPE vector USING small::vector, ALTER large TYPE vector USING large::vector;
ANALYZE seeds;

CREATE TABLE passages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id int NOT NULL,
    content text NOT NULL,
    embedding vector(768) NOT NULL
);
INSERT INTO passages (document_id, content, embedding)
SELECT 1 + n % greatest(3000 * :scale, 1)::int, repeat('Passage ' || n || ' says something. ', 10 + n % 20), one.small + other.small
FROM generate_series(0, greatest(60000 * :scale, 1)::int - 1) AS n
JOIN seeds AS one ON one.id = n % 400
JOIN seeds AS other ON other.id = n / 400 % 400
ORDER BY n;
CREATE INDEX ON passages (document_id);
ALTER TABLE passages ADD FOREIGN KEY (document_id) REFERENCES documents;

CREATE TABLE summaries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id int NOT NULL,
    model text NOT NULL,
    made_at timestamptz NOT NULL,
    embedding vector(1536) NOT NULL
);
INSERT INTO summaries (document_id, model, made_at, embedding)
SELECT 1 + n % greatest(3000 * :scale, 1)::int, 'model-' || n % 3, timestamptz '2025-01-01 00:00Z' + n * interval '1 minute', one.large + other.large
FROM generate_series(0, greatest(30000 * :scale, 1)::int - 1) AS n
JOIN seeds AS one ON one.id = n % 400
JOIN seeds AS other ON other.id = n / 400 % 400
ORDER BY n;
CREATE INDEX ON summaries (document_id, model);
ALTER TABLE summaries ADD FOREIGN KEY (document_id) REFERENCES documents;

\if :hnsw
SET maintenance_work_mem = '1GB';
CREATE INDEX ON passages USING hnsw (embedding vector_cosine_ops);
CREATE INDEX ON summaries USING hnsw (embedding vector_cosine_ops);
\endif
