-- Inheritance: own and inherited columns and constraints, two parents, three levels.
CREATE TABLE zoo.creature (id int NOT NULL, name text DEFAULT 'nameless', CONSTRAINT has_name CHECK (name <> ''));
CREATE TABLE zoo.winged (wings int DEFAULT 2, name text DEFAULT 'nameless');
CREATE TABLE zoo.bird (song text, name text DEFAULT 'bird') INHERITS (zoo.creature, zoo.winged);
CREATE TABLE zoo.parrot (words int, CONSTRAINT knows_words CHECK (words > 0)) INHERITS (zoo.bird);
ALTER TABLE zoo.parrot ALTER COLUMN wings SET DEFAULT 1, ALTER COLUMN song SET NOT NULL;
INSERT INTO zoo.creature VALUES (1, 'a creature');
INSERT INTO zoo.bird VALUES (2, 'a bird', 2, 'tweet');
INSERT INTO zoo.parrot VALUES (3, 'a parrot', 2, 'hello', 5);
