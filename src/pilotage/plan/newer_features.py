r"""What a plan's statements hold that an older server does not know, so that it is told and never sent.

Consumed by the building of a plan; a target that is older than the source is compared with it before a run.
What is looked for is what pg_dump writes: under an empty search_path a function's name without a schema is
the server's own. Bodies that are strings are not looked into; no server checks them when a function is made.

The sources are the release notes of PostgreSQL 16, 17 and 18, and for functions pg_proc of each beside that
of the version before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pilotage.model.catalog import Catalog, ConstraintKind, Generated, Identity, Table, TableKind
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.plan import AddConstraint, AddForeignKey, NewerFeature, RunDdl, Step

OLDEST_TESTED, NEWEST_TESTED = 15, 18
"""Major versions of servers; what came with the oldest or before is not told apart."""

_FUNCTIONS = {
    16: "any_value array_sample array_shuffle date_add date_subtract erf erfc pg_input_error_info "
    "pg_input_is_valid random_normal",
    17: "icu_unicode_version jsonb_populate_record_valid pg_basetype to_bin to_oct to_regtypemod "
    "unicode_assigned unicode_version uuid_extract_timestamp uuid_extract_version xmltext",
    18: "array_reverse array_sort casefold crc32 crc32c gamma has_largeobject_privilege lgamma pg_get_acl "
    "uuidv4 uuidv7",
}

# As the server prints them: SQL's own in capitals, where functions of other names are in small letters.
_EXPRESSIONS = {
    16: r"JSON_(?:ARRAY|ARRAYAGG|OBJECT|OBJECTAGG)\(|IS (?:NOT )?JSON\b|SYSTEM_USER\b",
    17: r"JSON(?:_SCALAR|_SERIALIZE|_EXISTS|_QUERY|_VALUE|_TABLE)?\(|MERGE_ACTION\(\)"
    r"|NOT MATCHED BY SOURCE\b",
}

_SETTINGS = {
    16: "createrole_self_grant debug_parallel_query enable_presorted_aggregate icu_validation_level "
    "scram_iterations vacuum_buffer_usage_limit",
    17: "enable_group_by_reordering event_triggers io_combine_limit transaction_timeout",
    18: "enable_distinct_reordering enable_self_join_elimination file_copy_method io_max_combine_limit "
    "log_lock_failures track_cost_delay_timing vacuum_truncate",
}

# The kind of a definition, what to look for in it, its name for people, and since when it is known.
_CLAUSES: tuple[tuple[str, str, str, int], ...] = (
    ("COLLATION", r"\brules = ", "a collation with rules", 16),
    ("COLLATION", r"\bprovider = builtin\b", "a collation of provider builtin", 17),
    ("SUBSCRIPTION", r"\b(?:password_required|run_as_owner|origin) = ", "options of subscriptions", 16),
    ("SUBSCRIPTION", r"\bstreaming = parallel\b", "a subscription that streams in parallel", 16),
    ("SUBSCRIPTION", r"\bfailover = ", "a subscription with failover", 17),
    ("ACL", r"\bMAINTAIN\b", "the privilege MAINTAIN", 17),
    ("DEFAULT ACL", r"\bMAINTAIN\b", "the privilege MAINTAIN", 17),
    ("DEFAULT ACL", r"\bON LARGE OBJECTS\b", "default privileges of large objects", 18),
    ("EVENT TRIGGER", r"\bON login\b", "an event trigger on login", 17),
    ("TABLE", r"\bSET ACCESS METHOD\b", "the access method of a partitioned table", 17),
    ("TABLE", r"\bNOT ENFORCED\b", "a constraint that is NOT ENFORCED", 18),
    ("TABLE", r"\bNOT NULL NO INHERIT\b", "a NOT NULL that is not inherited", 18),
    ("TABLE", r"^\s+(?:CONSTRAINT \S+ )?NOT NULL \S", "a NOT NULL of its own on an inherited column", 18),
    ("PUBLICATION", r"\bpublish_generated_columns\b", "generated columns in a publication", 18),
    ("", r"\bADD CONSTRAINT \S+ NOT NULL\b", "a NOT NULL constraint that is not valid", 18),
    ("", r"\bNOT ENFORCED\b", "a constraint that is NOT ENFORCED", 18),
    ("", r"\bWITHOUT OVERLAPS\b", "a key WITHOUT OVERLAPS", 18),
    ("", r"[(,] ?PERIOD \S", "a foreign key with PERIOD", 18),
    ("", r"\bCOLLATE pg_catalog\.unicode\b", "collation unicode", 16),
    ("", r"\bCOLLATE pg_catalog\.pg_c_utf8\b", "collation pg_c_utf8", 17),
    ("", r"\bCOLLATE pg_catalog\.pg_unicode_fast\b", "collation pg_unicode_fast", 18),
    ("", r"\bautovacuum_vacuum_max_threshold\b", "storage parameter autovacuum_vacuum_max_threshold", 18),
    (
        "",
        r"\bvacuum_max_eager_freeze_failure_rate\b",
        "storage parameter vacuum_max_eager_freeze_failure_rate",
        18,
    ),
)


def _words(known: dict[int, str]) -> dict[str, int]:
    return {word: since for since, words in known.items() for word in words.split()}


_FUNCTION_SINCE, _SETTING_SINCE = _words(_FUNCTIONS), _words(_SETTINGS)
# Not after a dot or a quote: that is a name of somebody's own.
_CALL = re.compile(rf"(?<![\w.\"$])({'|'.join(_FUNCTION_SINCE)})\(")
_SET = re.compile(rf"\bSET ({'|'.join(_SETTING_SINCE)}) TO\b")
_EXPRESSION = {since: re.compile(rf"(?<![\w.\"$])(?:{text})") for since, text in _EXPRESSIONS.items()}

_WORD = re.compile(r"\w+")
_TELLING = frozenset(
    [
        *_FUNCTION_SINCE,
        *_SETTING_SINCE,
        *"JSON JSON_ARRAY JSON_ARRAYAGG JSON_OBJECT JSON_OBJECTAGG JSON_SCALAR JSON_SERIALIZE JSON_EXISTS "
        "JSON_QUERY JSON_VALUE JSON_TABLE SYSTEM_USER MERGE_ACTION MATCHED rules builtin password_required "
        "run_as_owner origin parallel failover MAINTAIN LARGE login METHOD ENFORCED NULL "
        "publish_generated_columns OVERLAPS PERIOD unicode pg_c_utf8 pg_unicode_fast "
        "autovacuum_vacuum_max_threshold vacuum_max_eager_freeze_failure_rate".split(),
    ]
)
"""What is looked for has one of these words at least; only statements that have one are read closely.

A tenth of the time of searching every statement for everything, with 12,000 statements.
"""

_NOT_CODE = re.compile(
    r"""[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | (?P<name>"(?:[^"]|"")*") | --[^\n]*
    # every character beyond ASCII is a letter to the server
    | \$(?P<tag>(?:[^\x00-@\[-^`{-\x7f][^\x00-/:-@\[-^`{-\x7f]*)?)\$.*?\$(?P=tag)\$""",
    re.VERBOSE | re.DOTALL,
)


def newer_features(catalog: Catalog, steps: Iterable[Step]) -> tuple[NewerFeature, ...]:
    """Return what PostgreSQL 15 does not know of the steps' statements, in the order of the steps."""
    tables = {table.name: table for table in catalog.tables}
    described = {f"{table.name.schema} {table.name.name}": table for table in catalog.tables}
    not_null = {
        f"COMMENT ON CONSTRAINT {quote_identifier(each.name)} ON {each.on}"
        for each in catalog.constraints
        if each.kind is ConstraintKind.NOT_NULL
    }
    exclusions = {
        (each.on, each.name) for each in catalog.constraints if each.kind is ConstraintKind.EXCLUSION
    }
    not_valid = {
        (each.table, each.name) for each in catalog.foreign_keys if not each.validated and each.enforced
    }
    found: dict[NewerFeature, None] = {}
    for step in steps:
        for feature, since in (
            *_in_text(step, not_null),
            *_in_catalog(step, tables, described, exclusions, not_valid),
        ):
            found[NewerFeature(step=step.id, feature=feature, since=since)] = None
    return tuple(found)


def _in_text(step: Step, not_null: set[str]) -> Iterator[tuple[str, int]]:
    sql = getattr(step, "sql", "")
    kind = step.kind if isinstance(step, RunDdl) else ""
    if kind == "COMMENT" and sql.partition(" IS '")[0] in not_null:
        yield "a comment on a NOT NULL constraint", 18
    if _TELLING.isdisjoint(_WORD.findall(sql)):
        return
    code = _NOT_CODE.sub(lambda text: '"name"' if text["name"] else "''", sql)
    for wanted, text, feature, since in _CLAUSES:
        if wanted in {"", kind} and re.search(text, code, re.MULTILINE):
            yield feature, since
    for call in dict.fromkeys(_CALL.findall(code)):
        yield f"function {call}()", _FUNCTION_SINCE[call]
    for setting in dict.fromkeys(_SET.findall(code)):
        yield f"setting {setting}", _SETTING_SINCE[setting]
    for since, expression in _EXPRESSION.items():
        for match in dict.fromkeys(expression.findall(code)):
            yield f"expression {match.rstrip('(')}", since


def _in_catalog(
    step: Step,
    tables: dict[QualifiedName, Table],
    described: dict[str, Table],
    exclusions: set[tuple[QualifiedName, str]],
    not_valid: set[tuple[QualifiedName, str]],
) -> Iterator[tuple[str, int]]:
    match step:
        case AddConstraint(table=table, constraint=name) if (table, name) in exclusions:
            if _is_partitioned(tables, table):
                yield "an exclusion constraint on a partitioned table", 17
        case AddForeignKey(table=table, constraint=name) if (table, name) in not_valid:
            if _is_partitioned(tables, table):
                yield "a foreign key on a partitioned table that is NOT VALID", 18
        case RunDdl(kind="TABLE" | "FOREIGN TABLE", object=name) if name in described:
            yield from _in_columns(described[name])
        case _:
            pass


def _in_columns(table: Table) -> Iterator[tuple[str, int]]:
    if any(column.generated is Generated.VIRTUAL for column in table.columns):
        yield "a virtual generated column", 18
    if table.partition_of is not None and any(
        column.identity is not Identity.NONE for column in table.columns
    ):
        yield "an identity column of a partition", 17


def _is_partitioned(tables: dict[QualifiedName, Table], name: QualifiedName) -> bool:
    table = tables.get(name)
    return table is not None and table.kind is TableKind.PARTITIONED


def unknown_to(features: Iterable[NewerFeature], major: int) -> tuple[NewerFeature, ...]:
    """Return the features that a server of this major version does not know."""
    return tuple(feature for feature in features if feature.since > major)
