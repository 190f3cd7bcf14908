-- Approximate nearest neighbours. HNSW and IVFFlat index at most 2,000 dimensions of vector, so the columns
-- of 3,072 are indexed through a cast to half precision.

CREATE INDEX code_embeddings_embedding_idx ON public.code_embeddings
    USING hnsw (embedding extensions.vector_cosine_ops) WITH (m = 8, ef_construction = 24);
CREATE INDEX muva_content_embedding_idx ON public.muva_content
    USING ivfflat (embedding extensions.vector_cosine_ops) WITH (lists = 12);
CREATE INDEX manual_chunks_embedding_idx ON public.accommodation_units_manual_chunks
    USING hnsw ((embedding::extensions.halfvec(3072)) extensions.halfvec_cosine_ops)
    WITH (m = 8, ef_construction = 24);
CREATE INDEX sire_content_embedding_idx ON public.sire_content
    USING hnsw ((embedding::extensions.halfvec(3072)) extensions.halfvec_ip_ops);
CREATE INDEX conversation_memory_embedding_idx ON public.conversation_memory
    USING hnsw (embedding extensions.vector_l2_ops) WHERE (embedding IS NOT NULL);
CREATE INDEX tenant_knowledge_embeddings_embedding_idx ON public.tenant_knowledge_embeddings
    USING hnsw (embedding extensions.vector_cosine_ops);
-- Built before the first row came, so its lists are centred on nothing: a mistake as often seen as made.
CREATE INDEX tenant_muva_content_embedding_idx ON public.tenant_muva_content
    USING ivfflat (embedding extensions.vector_cosine_ops) WITH (lists = 10);
