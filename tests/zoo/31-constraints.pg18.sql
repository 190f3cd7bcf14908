-- Constraints as PostgreSQL 18 has them: NOT ENFORCED, and keys over time.
CREATE TABLE zoo.unenforced (
    id int PRIMARY KEY, x int CONSTRAINT positive CHECK (x > 0) NOT ENFORCED,
    house int CONSTRAINT unenforced_house REFERENCES zoo.house NOT ENFORCED
);
INSERT INTO zoo.unenforced VALUES (1, -1, 99);
CREATE TABLE zoo.tenancy (
    house int4range, during daterange, PRIMARY KEY (house, during WITHOUT OVERLAPS), UNIQUE (during, house WITHOUT OVERLAPS)
);
INSERT INTO zoo.tenancy VALUES ('[1,2)', '[2024-01-01,2025-01-01)');
CREATE TABLE zoo.stay (
    house int4range, during daterange, FOREIGN KEY (house, PERIOD during) REFERENCES zoo.tenancy (house, PERIOD during)
);
INSERT INTO zoo.stay VALUES ('[1,2)', '[2024-02-01,2024-03-01)');
