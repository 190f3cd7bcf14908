-- Text search: parser, template, dictionary, configuration with mappings of its own.
CREATE TEXT SEARCH PARSER zoo.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
    LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
COMMENT ON TEXT SEARCH PARSER zoo.words IS 'a parser';
CREATE TEXT SEARCH TEMPLATE zoo.form (INIT = dsimple_init, LEXIZE = dsimple_lexize);
COMMENT ON TEXT SEARCH TEMPLATE zoo.form IS 'a template';
CREATE TEXT SEARCH DICTIONARY zoo.simple (TEMPLATE = zoo.form, stopwords = 'english', accept = false);
CREATE TEXT SEARCH DICTIONARY zoo.stems (TEMPLATE = snowball, language = 'english');
ALTER TEXT SEARCH DICTIONARY zoo.simple OWNER TO zoo_owner;
COMMENT ON TEXT SEARCH DICTIONARY zoo.simple IS 'a dictionary';
CREATE TEXT SEARCH CONFIGURATION zoo.search (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION zoo.search ALTER MAPPING FOR asciiword WITH zoo.simple, zoo.stems;
ALTER TEXT SEARCH CONFIGURATION zoo.search DROP MAPPING FOR email;
CREATE TEXT SEARCH CONFIGURATION zoo.by_words (PARSER = zoo.words);
ALTER TEXT SEARCH CONFIGURATION zoo.search OWNER TO zoo_owner;
COMMENT ON TEXT SEARCH CONFIGURATION zoo.search IS 'a configuration';
