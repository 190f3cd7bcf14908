-- Foreign data through PostgreSQL's own wrappers.
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'nowhere');
CREATE USER MAPPING FOR zoo_owner SERVER elsewhere OPTIONS (user 'zoo', password 'not ''one\');
CREATE FOREIGN TABLE zoo.remote (id int OPTIONS (column_name 'ID'), name text) SERVER elsewhere OPTIONS (schema_name 's', table_name 't');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE zoo.from_file (line text) SERVER files OPTIONS (filename '/dev/null');
