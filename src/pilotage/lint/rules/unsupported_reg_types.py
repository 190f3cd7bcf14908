"""A column is of a type such as regproc that stores the OID of a catalog's row.

Cost: pg_upgrade refuses such a database, since OIDs differ after an upgrade; a copy of the rows goes by
name and fails where the name is not there.

Fine: where the database is only ever moved by copying rows, and all that is named is moved too.

Remedy: store the name as text and cast where it is needed: ALTER TABLE … ALTER COLUMN … TYPE text USING ….

Decide: whether names or numbers are to be stored. Another type is another answer to every query of the
column, and the table is written anew for it.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Unsupported reg types",
    level=Level.WARN,
    categories=(
        Category.SECURITY,
        Category.MIGRATION,
    ),
)
