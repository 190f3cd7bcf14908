-- Collations of PostgreSQL's own provider.
CREATE COLLATION zoo.own_c (PROVIDER = builtin, LOCALE = 'C');
CREATE COLLATION zoo.own_utf (PROVIDER = builtin, LOCALE = 'C.UTF-8');
