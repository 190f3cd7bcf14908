"""How fast databases are brought over, beside other programs: ``python -m bench.migration``.

Databases, made in the server, the same every time; ``--size`` makes the generated ones larger or smaller, and
``databases/*.sql`` says what is in them:

- ``mixed``: a shop of about 1 GB: wide and narrow tables, jsonb, text over TOAST, numerics, timestamps, a
  partitioned table, 20-odd indexes besides the keys', 12 foreign keys, identity columns;
- ``embeddings``: 60,000 vectors of 768 dimensions and 30,000 of 1,536, with their passages;
- ``hnsw``: a sixth as many, with HNSW indexes;
- ``hotel``: the demo's 41 tables and 6,943 rows, with HNSW indexes among objects of all kinds;
- ``chinook``: 11 tables, 15,607 rows, from a file that is not ours to ship; without it, it is left out;
- ``many``: 1,200 empty tables, each with two keys, two more indexes and a foreign key;
- ``giant``: one table of 8,000,000 rows with three indexes; one round by default.

Source and target are two clusters of PostgreSQL 18 on this machine, with the same settings (``servers.py``),
reached over their sockets. In each round every way to bring a database runs once, into a fresh database, each
round beginning with another way, after a CHECKPOINT on both ends and with the source's pages in memory. After
each run, outside its time, the rows of every table, the valid indexes and the validated constraints of both
ends are counted and compared; a way that lost some is a failure, not a measurement.

Measured are the wall time, the CPU time of both clusters (of the postmaster and all its children, those that
ended included) and of the client with all its processes, and the memory of the client's largest process. The
*floor* is the CPU time of both servers divided by the cores: no client that asks them for the same work can
be faster. What else the machine did meanwhile is measured too, since it makes wall times lie.

Of ``mixed``, each copy that pilotage made is also compared with its source: the contents alone, by all checks
of ``pilotage verify``, and by the query that many write themselves, the sum of md5(row::text) of each table,
by one session at each end, both at once. One that finds a difference is a failure.
"""
