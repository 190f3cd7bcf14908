-- Index access methods and operator classes of extensions, with parameters.
CREATE INDEX animal_bloom ON zoo.animal USING bloom (species, name) WITH (length = 80, col1 = 4);
CREATE INDEX species_similar ON zoo.species USING gist (name zoo.gist_trgm_ops (siglen = 32));
CREATE INDEX animal_similar ON zoo.animal USING gin (name zoo.gin_trgm_ops);
CREATE TABLE zoo.paired (id int PRIMARY KEY, pairs extensions.hstore, mail extensions.citext UNIQUE, room int, during tsrange,
    EXCLUDE USING gist (room extensions.gist_int4_ops WITH =, during WITH &&));
INSERT INTO zoo.paired VALUES (1, 'a=>1, "b c"=>NULL', 'Ada@Zoo.example', 3, '[2024-01-01,2024-01-02)');
