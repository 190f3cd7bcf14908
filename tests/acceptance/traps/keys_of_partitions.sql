-- Foreign keys that one partition has and its siblings do not, at either end.
CREATE TABLE port (id int PRIMARY KEY);
INSERT INTO port SELECT generate_series(1, 20);
CREATE TABLE ship (id int, port int, built int, PRIMARY KEY (id, built)) PARTITION BY RANGE (built);
CREATE TABLE ship_old PARTITION OF ship FOR VALUES FROM (1900) TO (2000);
CREATE TABLE ship_new PARTITION OF ship FOR VALUES FROM (2000) TO (2100) PARTITION BY LIST (id);
CREATE TABLE ship_new_1 PARTITION OF ship_new FOR VALUES IN (1, 2, 3, 4, 5);
CREATE TABLE ship_new_rest PARTITION OF ship_new DEFAULT;
INSERT INTO ship SELECT n, CASE WHEN n % 2 = 0 THEN 99 ELSE n % 20 + 1 END, 1950 + n FROM generate_series(1, 49) AS n;
INSERT INTO ship SELECT n, n % 3 + 1, 2000 + n FROM generate_series(1, 50) AS n;
ALTER TABLE ship_new_1 ADD CONSTRAINT only_here FOREIGN KEY (port) REFERENCES port;
ALTER TABLE ship_new_rest ADD CONSTRAINT deferred FOREIGN KEY (port) REFERENCES port
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
COMMENT ON CONSTRAINT only_here ON ship_new_1 IS 'its siblings have none';
CREATE TABLE crew (id int PRIMARY KEY, ship int, built int, FOREIGN KEY (ship, built) REFERENCES ship_new_1);
INSERT INTO crew SELECT id, id, built FROM ship_new_1;
-- From one partition to its sibling, not yet checked.
ALTER TABLE ship_old ADD CONSTRAINT sibling FOREIGN KEY (id, built) REFERENCES ship_new_rest NOT VALID;
