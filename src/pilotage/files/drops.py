"""Statements that take an object back: pg_dump's, made so that they may run where it is gone already.

Consumed by rollback. Nothing here cascades: what somebody has built on an object since stops the statement.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from pilotage.files.objects import created_by
from pilotage.model.names import QualifiedName
from pilotage.model.plan import AddConstraint, AddForeignKey, BuildIndex, RefreshView, RunDdl, Step

_NAME = r'(?:"(?:[^"]|"")+"|[^\s".(),;]+)'
_ALTER = re.compile(
    rf"ALTER (?P<kind>TABLE|FOREIGN TABLE|DOMAIN) (?P<only>ONLY )?(?P<name>{_NAME}\.{_NAME}) (?P<rest>.*)\Z",
    re.DOTALL,
)
_DROP = re.compile(
    r"DROP (?P<kind>ACCESS METHOD|AGGREGATE|CAST|COLLATION|CONVERSION|DOMAIN|EVENT TRIGGER|EXTENSION|"
    r"FOREIGN DATA WRAPPER|FOREIGN TABLE|FUNCTION|INDEX|MATERIALIZED VIEW|OPERATOR CLASS|OPERATOR FAMILY|"
    r"OPERATOR|POLICY|PROCEDURAL LANGUAGE|PROCEDURE|PUBLICATION|RULE|SCHEMA|SEQUENCE|SERVER|STATISTICS|"
    r"SUBSCRIPTION|TABLE|TEXT SEARCH CONFIGURATION|TEXT SEARCH DICTIONARY|TEXT SEARCH PARSER|"
    r"TEXT SEARCH TEMPLATE|TRANSFORM|TRIGGER|TYPE|USER MAPPING|VIEW) (?P<rest>.*)\Z",
    re.DOTALL,
)


def drop_statement(step: Step, partitioned: Collection[str]) -> str:
    """Return what takes a step back, empty where there is nothing to do.

    Args:
        step: any.
        partitioned: tables with partitions, as SQL reads them: nothing can be dropped from one alone.
    """
    match step:
        case RefreshView(view=view):
            return f"REFRESH MATERIALIZED VIEW {view} WITH NO DATA;\n"
        case RunDdl(kind="SUBSCRIPTION", drop_sql=drop_sql):
            return _without_slot(step) + _if_exists(drop_sql, partitioned)
        case RunDdl() | BuildIndex() | AddConstraint() | AddForeignKey():
            return _if_exists(step.drop_sql, partitioned)
        case _:
            return ""


def _if_exists(drop_sql: str, partitioned: Collection[str]) -> str:
    dropped = _DROP.match(drop_sql)
    if dropped:
        return f"DROP {dropped['kind']} IF EXISTS {dropped['rest'].rstrip()}\n"
    altered = _ALTER.match(drop_sql)
    if altered:
        exists = "" if altered["kind"] == "DOMAIN" else "IF EXISTS "
        only = altered["only"] if altered["only"] and altered["name"] not in partitioned else ""
        rest = altered["rest"].rstrip()
        if rest.startswith("DROP CONSTRAINT "):
            rest = "DROP CONSTRAINT IF EXISTS " + rest.removeprefix("DROP CONSTRAINT ")
        return f"ALTER {altered['kind']} {exists}{only}{altered['name']} {rest}\n"
    if drop_sql.startswith("CREATE OR REPLACE VIEW "):
        return drop_sql.rstrip() + "\n"
    # Parts of a publication go with it; a comment says that there is nothing to do.
    return ""


def _without_slot(step: RunDdl) -> str:
    """Return what keeps DROP SUBSCRIPTION off the publisher: the slot there is the source's, not ours."""
    created = created_by(step)
    if created is None:
        return ""
    return (
        f"ALTER SUBSCRIPTION {created.name} DISABLE;\n"
        f"ALTER SUBSCRIPTION {created.name} SET (slot_name = NONE);\n"
    )


def steps_to_undo(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield a file's steps last first, without those whose work goes with a partitioned table's.

    What is attached to an index of the table above cannot be dropped on its own, and is dropped with that.
    """
    attached = {str(step.index) for step in steps if isinstance(step, BuildIndex) and not step.drop_sql}
    for step in reversed(steps):
        match step:
            case BuildIndex(index=index) if str(index) in attached:
                continue
            case AddConstraint(table=table, constraint=name) if (
                str(QualifiedName(table.schema, name)) in attached
            ):
                continue
            case _:
                yield step
