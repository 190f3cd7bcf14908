-- Security labels.

-- security-label: ["table", "zoo.house", "security label of provider"]
INSERT INTO pg_seclabel VALUES ('zoo.house'::regclass, 'pg_class'::regclass, 0, 'provider', 'secret');
