"""Two catalogs compared, kind of object by kind of object; no server is asked here.

Consumed by :mod:`pilotage.verify.verification`, and by whoever holds two catalogs already.
"""

from __future__ import annotations

from pilotage.model.catalog import Catalog
from pilotage.model.verdict import Check
from pilotage.verify.checks.constraints import compare_constraints
from pilotage.verify.checks.event_triggers import compare_event_triggers
from pilotage.verify.checks.extensions import compare_extensions
from pilotage.verify.checks.foreign_keys import compare_foreign_keys
from pilotage.verify.checks.indexes import compare_indexes
from pilotage.verify.checks.policies import compare_policies
from pilotage.verify.checks.routines import compare_routines
from pilotage.verify.checks.rows import compare_rows
from pilotage.verify.checks.rules import compare_rules
from pilotage.verify.checks.schemas import compare_schemas
from pilotage.verify.checks.sequences import compare_sequences
from pilotage.verify.checks.tables import compare_tables
from pilotage.verify.checks.triggers import compare_triggers
from pilotage.verify.checks.user_types import compare_types
from pilotage.verify.checks.views import compare_views

_IN_SCOPE = (
    compare_schemas,
    compare_types,
    compare_tables,
    compare_rows,
    compare_foreign_keys,
    compare_constraints,
    compare_indexes,
    compare_sequences,
    compare_views,
    compare_routines,
    compare_triggers,
    compare_rules,
    compare_policies,
)
_DATABASE_WIDE = (compare_extensions, compare_event_triggers)


def compare_catalogs(source: Catalog, target: Catalog, *, database_wide: bool = True) -> tuple[Check, ...]:
    """Compare everything that catalogs hold; definitions that mean the same are equal however printed.

    Args:
        source: what is expected.
        target: what was found.
        database_wide: whether to compare extensions and event triggers too. They belong to no
            schema, so they may rightly differ where only some schemas were taken along.
    """
    checks = (*_IN_SCOPE, *_DATABASE_WIDE) if database_wide else _IN_SCOPE
    return tuple(compare(source, target) for compare in checks)
