-- What users wrote into the extension pilot_lookup, and what references it.
INSERT INTO lookup.unit VALUES ('stone', 6.35, false), ('ounce', 0.0283, false);
INSERT INTO lookup.price (unit, cents) VALUES ('kg', 250), ('stone', 1500), (NULL, NULL);
INSERT INTO lookup."odd name" VALUES ('mine', 'kept'), ('null', NULL);
INSERT INTO lookup.cache VALUES ('nobody''s');
SELECT setval('lookup.ticket', 77);
CREATE TABLE parcel (id int PRIMARY KEY, unit text NOT NULL REFERENCES lookup.unit);
INSERT INTO parcel VALUES (1, 'stone'), (2, 'kg');
