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

-- text-search-parser: ["text search configuration", "zoo.search", "parser"]
UPDATE pg_ts_config SET cfgparser = (SELECT oid FROM pg_ts_parser WHERE prsname = 'words') WHERE cfgname = 'search';

-- text-search-gone: ["text search configuration", "zoo.by_words", "exists"]
DROP TEXT SEARCH CONFIGURATION zoo.by_words;

-- text-search-comment: ["text search configuration", "zoo.search", "comment"]
COMMENT ON TEXT SEARCH CONFIGURATION zoo.search IS 'x';

-- dictionary-template: ["text search dictionary", "zoo.simple", "template"]
UPDATE pg_ts_dict SET dicttemplate = (SELECT oid FROM pg_ts_template WHERE tmplname = 'simple') WHERE dictname = 'simple' AND dictnamespace = 'zoo'::regnamespace;

-- dictionary-new: ["text search dictionary", "zoo.brand_new", "exists"]
CREATE TEXT SEARCH DICTIONARY zoo.brand_new (TEMPLATE = simple);

-- dictionary-comment: ["text search dictionary", "zoo.simple", "comment"]
COMMENT ON TEXT SEARCH DICTIONARY zoo.simple IS 'x';

-- parser-start: ["text search parser", "zoo.words", "start"]
UPDATE pg_ts_parser SET prsstart = 'prsd_end'::regproc WHERE prsname = 'words';

-- parser-gettoken: ["text search parser", "zoo.words", "gettoken"]
UPDATE pg_ts_parser SET prstoken = 'prsd_start'::regproc WHERE prsname = 'words';

-- parser-end: ["text search parser", "zoo.words", "end"]
UPDATE pg_ts_parser SET prsend = 'prsd_start'::regproc WHERE prsname = 'words';

-- template-lexize: ["text search template", "zoo.form", "lexize"]
UPDATE pg_ts_template SET tmpllexize = 'dsnowball_lexize'::regproc WHERE tmplname = 'form';

-- template-comment: ["text search template", "zoo.form", "comment"]
COMMENT ON TEXT SEARCH TEMPLATE zoo.form IS 'x';
