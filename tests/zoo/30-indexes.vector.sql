-- The index access methods of an extension that does not come with PostgreSQL.
CREATE TABLE zoo.embedding (
    id int PRIMARY KEY,
    v public.vector(3) NOT NULL,
    half public.halfvec(3)
);
INSERT INTO zoo.embedding SELECT n, format('[%s,%s,0]', n, n * n)::public.vector, '[1,0,1]' FROM generate_series(1, 20) AS n;
CREATE INDEX embedding_hnsw ON zoo.embedding USING hnsw (v public.vector_cosine_ops) WITH (m = 8);
CREATE INDEX embedding_ivfflat ON zoo.embedding USING ivfflat (v) WITH (lists = 2);
