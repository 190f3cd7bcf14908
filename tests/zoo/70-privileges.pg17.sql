-- The privilege that PostgreSQL 17 brought.
GRANT MAINTAIN ON zoo.house, zoo.a_second TO zoo_keeper;
