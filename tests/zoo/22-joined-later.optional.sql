-- A child whose columns stand in another order than a dump makes them: it became one after it was made.
CREATE TABLE zoo.joined_later (wings int DEFAULT 4, extra text, name text);
ALTER TABLE zoo.joined_later INHERIT zoo.winged;
INSERT INTO zoo.joined_later VALUES (4, 'x', 'later');
