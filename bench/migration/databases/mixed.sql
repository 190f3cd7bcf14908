-- A shop: 12 tables and a partitioned one, a little of everything that makes a migration slow. Needs :scale;
-- at 1 the database is about 1 GB, a good third of it indexes. The same rows every time.
CREATE SCHEMA shop;
SET search_path = shop;

CREATE TYPE order_status AS ENUM ('open', 'paid', 'sent', 'returned');

CREATE TABLE employees (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    manager_id int,
    name text NOT NULL,
    hired date NOT NULL
);
INSERT INTO employees (manager_id, name, hired)
SELECT nullif(n / 8, 0), 'employee ' || n, date '2015-01-01' + n % 3000
FROM generate_series(1, greatest(20000 * :scale, 1)::int) AS n;
ALTER TABLE employees ADD FOREIGN KEY (manager_id) REFERENCES employees;
CREATE INDEX ON employees (manager_id);

CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    country char(2) NOT NULL,
    tags text[] NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    account_manager_id int REFERENCES employees
);
INSERT INTO customers (email, name, country, tags, is_active, created_at, account_manager_id)
SELECT
    'customer' || n || '@example.org',
    'Customer ' || substr(md5(n::text), 1, 4 + n % 20),
    (ARRAY['DE', 'FR', 'GB', 'US', 'JP', 'BR'])[1 + n % 6],
    CASE n % 3 WHEN 0 THEN '{}' WHEN 1 THEN ARRAY['new'] ELSE ARRAY['loyal', 'newsletter'] END,
    n % 11 <> 0,
    timestamptz '2020-01-01 00:00Z' + n * interval '7 minutes',
    CASE WHEN n % 5 = 0 THEN 1 + n % greatest(20000 * :scale, 1)::int END
FROM generate_series(1, greatest(250000 * :scale, 1)::int) AS n;
CREATE INDEX ON customers (country, created_at);
CREATE INDEX ON customers (lower(name));

CREATE TABLE addresses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    street text NOT NULL,
    city text NOT NULL,
    postcode varchar(10) NOT NULL
);
INSERT INTO addresses (customer_id, street, city, postcode)
SELECT 1 + n % greatest(250000 * :scale, 1)::int, n % 200 || ' ' || md5(n::text), 'City ' || n % 900, lpad((n % 99999)::text, 5, '0')
FROM generate_series(1, greatest(300000 * :scale, 1)::int) AS n;
CREATE INDEX ON addresses (customer_id);

CREATE TABLE products (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    attributes jsonb NOT NULL,
    description text NOT NULL,
    price numeric(12, 2) NOT NULL CHECK (price >= 0)
);
INSERT INTO products (sku, attributes, description, price)
SELECT
    'SKU-' || lpad(n::text, 8, '0'),
    jsonb_build_object('colour', (ARRAY['red', 'green', 'blue'])[1 + n % 3], 'weight', n % 977, 'maker', 'maker ' || n % 300),
    repeat('About product ' || n || ': ' || md5(n::text) || '. ', 3 + n % 30),
    (n % 99999) / 100.0
FROM generate_series(1, greatest(30000 * :scale, 1)::int) AS n;
CREATE INDEX ON products USING gin (attributes);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL,
    address_id bigint,
    status order_status NOT NULL,
    placed_at timestamptz NOT NULL,
    total numeric(12, 2) NOT NULL,
    note text
);
INSERT INTO orders (customer_id, address_id, status, placed_at, total, note)
SELECT
    1 + n % greatest(250000 * :scale, 1)::int,
    CASE WHEN n % 4 > 0 THEN 1 + n % greatest(300000 * :scale, 1)::int END,
    (ARRAY['open', 'paid', 'sent', 'sent', 'returned'])[1 + n % 5]::order_status,
    timestamptz '2021-01-01 00:00Z' + n * interval '71 seconds',
    (n::bigint * 7919 % 1000000) / 100.0,
    CASE WHEN n % 10 = 0 THEN 'please leave at door ' || n % 97 END
FROM generate_series(1, greatest(700000 * :scale, 1)::int) AS n;
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (placed_at);
CREATE INDEX ON orders (placed_at) WHERE status = 'open';
ALTER TABLE orders
    ADD FOREIGN KEY (customer_id) REFERENCES customers,
    ADD FOREIGN KEY (address_id) REFERENCES addresses;

CREATE TABLE order_lines (  -- narrow, and the longest
    order_id bigint NOT NULL,
    line_no smallint NOT NULL,
    product_id int NOT NULL,
    quantity int NOT NULL,
    price numeric(12, 2) NOT NULL
);
INSERT INTO order_lines
SELECT n, line, 1 + (n::bigint * 31 + line * 17) % greatest(30000 * :scale, 1)::int, 1 + n % 9, (n::bigint * 13 % 99999) / 100.0
FROM generate_series(1, greatest(700000 * :scale, 1)::int) AS n, generate_series(1, 3) AS line;
ALTER TABLE order_lines
    ADD PRIMARY KEY (order_id, line_no),
    ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE,
    ADD FOREIGN KEY (product_id) REFERENCES products;
CREATE INDEX ON order_lines (product_id);

CREATE TABLE events (  -- jsonb within the row
    id uuid PRIMARY KEY,
    customer_id bigint,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL
);
INSERT INTO events
SELECT
    md5('event' || n)::uuid,
    CASE WHEN n % 7 > 0 THEN 1 + n % greatest(250000 * :scale, 1)::int END,
    timestamptz '2024-01-01 00:00Z' + n * interval '11 seconds',
    (ARRAY['view', 'search', 'cart', 'login'])[1 + n % 4],
    jsonb_build_object(
        'session', md5((n / 9)::text), 'path', '/products/' || n % 30000, 'ms', n % 1733,
        'agent', 'Mozilla/5.0 (X11; Linux x86_64) number ' || n % 211, 'query', md5(n::text) || md5((n + 1)::text),
        'seen', jsonb_build_array(n % 100, n % 1000, n % 10000))
FROM generate_series(1, greatest(400000 * :scale, 1)::int) AS n;
CREATE INDEX ON events (at);
CREATE INDEX ON events (kind, at);
CREATE INDEX ON events ((payload ->> 'session'));
ALTER TABLE events ADD FOREIGN KEY (customer_id) REFERENCES customers;

CREATE TABLE documents (  -- text and bytea over TOAST: a half of it compresses well
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint REFERENCES orders,
    title text NOT NULL,
    body text NOT NULL,
    scan bytea
);
INSERT INTO documents (order_id, title, body, scan)
SELECT
    1 + n % greatest(700000 * :scale, 1)::int,
    'Document ' || n,
    CASE WHEN n % 2 = 0 THEN repeat('Paragraph ' || n || ' of a contract. ', 400 + n % 300)
        ELSE (SELECT string_agg(md5((n * 1000 + part)::text), '') FROM generate_series(1, 300 + n % 200) AS part) END,
    CASE WHEN n % 3 = 0
        THEN (SELECT string_agg(sha256(((n * 1000 + part)::text)::bytea), '') FROM generate_series(1, 400) AS part) END
FROM generate_series(1, greatest(8000 * :scale, 1)::int) AS n;
CREATE INDEX ON documents (order_id);

CREATE TABLE ledger (  -- numerics and timestamps
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    booked_at timestamp NOT NULL,
    debit numeric(20, 6) NOT NULL,
    credit numeric(20, 6) NOT NULL,
    rate numeric NOT NULL,
    balance numeric(24, 8) NOT NULL
);
INSERT INTO ledger (order_id, booked_at, debit, credit, rate, balance)
SELECT
    1 + n % greatest(700000 * :scale, 1)::int, timestamp '2022-01-01' + n * interval '37 seconds',
    n * 1.000137, n * 0.999421, 1 / (1.0 + n), n::numeric * 104729.00000017
FROM generate_series(1, greatest(400000 * :scale, 1)::int) AS n;
CREATE INDEX ON ledger (booked_at, order_id);
ALTER TABLE ledger ADD FOREIGN KEY (order_id) REFERENCES orders;

SELECT format(  -- wide: 60 columns of five types
    'CREATE TABLE wide (id bigint GENERATED ALWAYS AS IDENTITY, %s)',
    string_agg(format('c%s %s', n, (ARRAY['int', 'float8', 'text', 'timestamptz', 'numeric(10, 3)'])[1 + n % 5]), ', '))
FROM generate_series(1, 60) AS n
\gexec
SELECT format(
    'INSERT INTO wide (%s) SELECT %s FROM generate_series(1, greatest(100000 * %s, 1)::int) AS n',
    string_agg('c' || n, ', '),
    string_agg(format(
        (ARRAY['n %% %s', 'n / %s::float8', $$'value ' || n %% %s$$,
               $$timestamptz '2023-01-01 00:00Z' + n * interval '%s seconds'$$, '(n %% %s) / 8.0'])[1 + n % 5], 7 + n), ', '),
    :scale)
FROM generate_series(1, 60) AS n
\gexec
ALTER TABLE wide ADD PRIMARY KEY (id);
CREATE INDEX ON wide (c3);
CREATE INDEX ON wide (c5, c2);

CREATE TABLE measurements (
    sensor int NOT NULL,
    at timestamptz NOT NULL,
    reading float8 NOT NULL,
    PRIMARY KEY (sensor, at)
) PARTITION BY RANGE (at);
SELECT format(
    'CREATE TABLE measurements_%s PARTITION OF measurements FOR VALUES FROM (%L) TO (%L)',
    to_char(month, 'MM'), month, month + interval '1 month')
FROM generate_series(timestamp '2025-01-01', timestamp '2025-12-01', interval '1 month') AS month
\gexec
INSERT INTO measurements
SELECT n % 500, timestamptz '2025-01-01 00:00Z' + n * (interval '364 days' / greatest(600000 * :scale, 1)::int), sin(n)
FROM generate_series(1, greatest(600000 * :scale, 1)::int) AS n;
CREATE INDEX ON measurements (at);

CREATE TABLE order_tags (order_id bigint NOT NULL REFERENCES orders, tag text NOT NULL, PRIMARY KEY (order_id, tag));
INSERT INTO order_tags
SELECT n, (ARRAY['gift', 'express', 'fragile'])[1 + n % 3]
FROM generate_series(1, greatest(700000 * :scale, 1)::int, 3) AS n;

CREATE VIEW open_orders AS SELECT orders.id, customers.email FROM orders JOIN customers ON customers.id = customer_id WHERE status = 'open';
CREATE MATERIALIZED VIEW revenue AS
SELECT date_trunc('month', placed_at) AS month, sum(total) AS total FROM orders GROUP BY 1;
CREATE UNIQUE INDEX ON revenue (month);
