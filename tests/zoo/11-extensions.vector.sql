-- An extension that does not come with PostgreSQL.
CREATE EXTENSION vector SCHEMA public;
