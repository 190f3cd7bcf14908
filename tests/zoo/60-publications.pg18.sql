-- Publications as PostgreSQL 18 has them.
SET client_min_messages = error;
CREATE PUBLICATION zoo_generated FOR TABLE zoo.species WITH (publish_generated_columns = stored);
