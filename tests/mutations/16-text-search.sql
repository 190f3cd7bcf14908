-- Text search.

-- text-search-mapping: ["text search configuration", "zoo.search", "mapping for asciiword"]
ALTER TEXT SEARCH CONFIGURATION zoo.search ALTER MAPPING FOR asciiword WITH zoo.stems, zoo.simple;

-- text-search-mapping-gone: ["text search configuration", "zoo.search", "mapping for host"]
ALTER TEXT SEARCH CONFIGURATION zoo.search DROP MAPPING FOR host;

-- text-search-owner: ["text search configuration", "zoo.search", "owner"]
ALTER TEXT SEARCH CONFIGURATION zoo.search OWNER TO zoo_keeper;

-- dictionary-option: ["text search dictionary", "zoo.simple", "options"]
ALTER TEXT SEARCH DICTIONARY zoo.simple (accept = true);

-- dictionary-owner: ["text search dictionary", "zoo.stems", "owner"]
ALTER TEXT SEARCH DICTIONARY zoo.stems OWNER TO zoo_keeper;

-- parser-comment: ["text search parser", "zoo.words", "comment"]
COMMENT ON TEXT SEARCH PARSER zoo.words IS 'x';

-- parser-headline: ["text search parser", "zoo.words", "headline"]
UPDATE pg_ts_parser SET prsheadline = 0 WHERE prsname = 'words';

-- template-init: ["text search template", "zoo.form", "init"]
UPDATE pg_ts_template SET tmplinit = 0 WHERE tmplname = 'form';
