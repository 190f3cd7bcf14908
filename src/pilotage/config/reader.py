"""Reading ``pilotage.toml``: a :class:`Configuration`, or everything that is wrong with the file.

Consumed by the command line and by callers of the library. What the keys mean is documented in
``docs/configuration.md``; whether the tables exist is for :mod:`pilotage.plan.assignment` to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from pilotage.config.assertions import read_assertions
from pilotage.config.document import Document, TomlTable, found
from pilotage.config.identities import read_identities
from pilotage.config.patterns import NamePattern, parse_pattern
from pilotage.config.records import (
    DEFAULT_SPLIT_BYTES,
    Assertion,
    Configuration,
    Expectations,
    GroupRequest,
    Position,
    TablePattern,
    Unlisted,
)
from pilotage.config.role_names import name_problem
from pilotage.config.sizes import parse_size
from pilotage.config.toml_text import basic_string, visible
from pilotage.config.waivers import read_waivers
from pilotage.errors import UsageError
from pilotage.model.choices import DataFormat, Layout, OrphanChoice
from pilotage.model.identities import Identity
from pilotage.model.roles import RoleChoices, RoleMapping
from pilotage.model.scope import Scope
from pilotage.model.waivers import RuleWaiver, Waiver

KNOWN_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": (
            "source",
            "layout",
            "unlisted",
            "orphans",
            "scope",
            "data",
            "roles",
            "expect",
            "assert",
            "identity",
            "group",
            "waive",
        ),
        "scope": ("schemas", "exclude"),
        "data": ("format", "split"),
        "roles": (
            "owners",
            "privileges",
            "create",
            "superuser",
            "database_settings",
            "tablespaces",
            "role",
            "map",
        ),
        "expect": ("tables", "foreign_keys", "rows", "rows_of"),
        "assert": ("name", "sql", "expect", "on", "timeout"),
        "identity": ("name", "role", "settings"),
        "group": ("name", "title", "purpose", "tables", "schema_file", "data_file"),
        "waive": ("object", "fact", "rule", "reason"),
    }
)
"""Every key, by the table that it stands in; the top's by an empty name. ``expect.rows_of``, ``roles.map``
and ``identity.settings`` have any keys."""

_GROUP_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MOST = 2**63 - 1
"""PostgreSQL's bigint, in which count(*) and pg_relation_size() count."""
_SIZES = 'a size such as "64MB", "512 kB" or "1GB", or a whole number of bytes, 1 or more'


def read_configuration(path: Path) -> Configuration:
    """Read and check a configuration file.

    Raises:
        UsageError: the file cannot be read, is not UTF-8, is not TOML, or says what no configuration can. The
            message holds all problems, a line each: file and line, what was found, what is wanted.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{visible(str(path))}: cannot read the configuration: {error.strerror}; "
            "name a file that is there and readable"
        ) from error
    try:
        text = content.decode("utf-8-sig")  # some editors still begin a file with a byte order mark
    except UnicodeDecodeError as error:
        # Counted in what the decoder was given: without the mark, which holds no line end.
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{Position(str(path), line)}: not UTF-8: found the byte 0x{error.object[error.start]:02x}; "
            "save the file as UTF-8"
        ) from error
    return parse_configuration(text, str(path))


def parse_configuration(text: str, file: str) -> Configuration:
    """Check a configuration's text.

    Args:
        file: what messages and positions call it.

    Raises:
        UsageError: as for :func:`read_configuration`.
    """
    document = Document(text, file)
    top = document.top
    top.refuse_unknown_keys(KNOWN_KEYS)
    data = top.table("data")
    data.refuse_unknown_keys(KNOWN_KEYS)
    waivers, rule_waivers = _waivers(top.tables("waive"))
    configuration = Configuration(
        source=top.text("source"),
        scope=_scope(top.table("scope")),
        layout=top.choice("layout", Layout.SCHEMA_FIRST),
        unlisted=top.choice("unlisted", Unlisted.ERROR),
        groups=_groups(top.tables("group")),
        expect=_expectations(top.table("expect")),
        assertions=_assertions(top.tables("assert")),
        identities=_identities(top.tables("identity")),
        data_format=data.choice("format", DataFormat.COPY),
        split_bytes=_split(data),
        orphans=top.choice("orphans", OrphanChoice.STOP),
        waivers=waivers,
        rule_waivers=rule_waivers,
        roles=_roles(top.table("roles")),
    )
    document.raise_problems()
    return configuration


def _assertions(tables: Sequence[TomlTable]) -> tuple[Assertion, ...]:
    for table in tables:
        table.refuse_unknown_keys(KNOWN_KEYS)
    return read_assertions(tables)


def _identities(tables: Sequence[TomlTable]) -> tuple[Identity, ...]:
    for table in tables:
        table.refuse_unknown_keys(KNOWN_KEYS)
    return read_identities(tables)


def _waivers(tables: Sequence[TomlTable]) -> tuple[tuple[Waiver, ...], tuple[RuleWaiver, ...]]:
    for table in tables:
        table.refuse_unknown_keys(KNOWN_KEYS)
    return read_waivers(tables)


def _scope(table: TomlTable) -> Scope:
    table.refuse_unknown_keys(KNOWN_KEYS)
    seen: dict[str, Position] = {}
    named: dict[str, list[str]] = {"schemas": [], "exclude": []}
    for key, schemas in named.items():
        for index, schema in table.texts(key):
            if schema in seen:
                table.report(
                    f"{table.name_of(key)} names {found(schema)}, which {seen[schema]} names already; "
                    "remove one of the two",
                    key,
                    index,
                )
            seen.setdefault(schema, table.position_of(key, index))
            schemas.append(schema)
    return Scope(include=tuple(named["schemas"]), exclude=tuple(named["exclude"]))


def _roles(table: TomlTable) -> RoleChoices:
    table.refuse_unknown_keys(KNOWN_KEYS)
    default = RoleChoices()
    mapped = table.table("map")
    mapping = []
    for source in mapped:
        target = mapped.text(source)
        if target is None:
            continue
        problem = name_problem(source) or name_problem(target)
        if problem:
            mapped.report(f"{mapped.name_of(source)} is {found(target)}: {problem}", source)
        mapping.append(RoleMapping(source=source, target=target))
    role = table.text("role")
    if role is not None and (problem := name_problem(role)):
        table.report(f"{table.name_of('role')} is {found(role)}: {problem}", "role")
    return RoleChoices(
        owners=table.boolean("owners", default.owners),
        privileges=table.boolean("privileges", default.privileges),
        role=role or default.role,
        mapping=tuple(sorted(mapping)),
        create=table.boolean("create", default.create),
        superuser=table.boolean("superuser", default.superuser),
        database_settings=table.boolean("database_settings", default.database_settings),
        tablespaces=table.boolean("tablespaces", default.tablespaces),
    )


def _split(data: TomlTable) -> int:
    value = data.integer_or_text("split", _SIZES)
    if value is None:
        return DEFAULT_SPLIT_BYTES
    size = parse_size(value) if isinstance(value, str) else value
    if size is None or not 1 <= size <= _MOST:
        data.wrong("split", _SIZES)
        return DEFAULT_SPLIT_BYTES
    return size


def _expectations(table: TomlTable) -> Expectations:
    table.refuse_unknown_keys(KNOWN_KEYS)
    return Expectations(
        tables=table.integer("tables", 0, _MOST),
        foreign_keys=table.integer("foreign_keys", 0, _MOST),
        rows=table.integer("rows", 0, _MOST),
        rows_of=MappingProxyType(_expected_rows(table.table("rows_of"))),
    )


def _expected_rows(table: TomlTable) -> dict[str, int]:
    """Return rows by table; a name that reads as a pattern or as TOML's own dots is reported."""
    expected: dict[str, int] = {}
    seen: dict[NamePattern, Position] = {}
    for name in table:
        if table.is_table(name):  # public.hotels = 3, which TOML reads as a table within a table
            table.report(
                f"{table.name_of(name)} is a table; a name with a dot is a key in quotes: "
                f'"{visible(name)}.…" = 3',
                name,
            )
            continue
        pattern = _pattern(table, name, name)
        if pattern is not None and not pattern.is_exact:
            table.report(
                f"{table.name_of(name)} is a pattern; name each table, or put a name that really holds "
                """* or ? in double quotes of its own: '"a*b"' = 3""",
                name,
            )
        elif pattern is not None and pattern in seen:
            table.report(f"{table.name_of(name)} is there twice, first at {seen[pattern]}; remove one", name)
        elif pattern is not None:
            seen[pattern] = table.position_of(name)
        rows = table.integer(name, 0, _MOST)
        if rows is not None:
            expected[name] = rows
    return expected


def _groups(tables: Sequence[TomlTable]) -> tuple[GroupRequest, ...]:
    names: dict[str, Position] = {}
    numbers: dict[int, str] = {}
    patterns: dict[NamePattern, Position] = {}
    groups = []
    for table in tables:
        table.refuse_unknown_keys(KNOWN_KEYS)
        name = _group_name(table, names)
        groups.append(
            GroupRequest(
                name=name,
                title=table.text("title") or name.replace("-", " ").capitalize(),
                purpose=table.text("purpose") or "",
                tables=_listed(table, patterns),
                schema_number=_file_number(table, "schema_file", numbers),
                data_number=_file_number(table, "data_file", numbers),
                position=table.position,
            )
        )
        _compare_numbers(table, groups[-1])
    return tuple(groups)


def _group_name(table: TomlTable, names: dict[str, Position]) -> str:
    """Return a group's name; ``names`` holds where those before it stand, and takes this one."""
    if "name" not in table:
        table.report(
            'the group has no name; give it one, such as name = "foundation": it goes into file names'
        )
        return ""
    name = table.text("name")
    if name is None:
        return ""
    if not _GROUP_NAME.fullmatch(name):
        table.wrong(
            "name",
            "at most 40 lower-case letters (a to z), digits and hyphens, beginning with a letter or digit: "
            "it goes into file names",
        )
        return name
    if name in names:
        table.report(
            f"a group of the name {basic_string(name)} begins at {names[name]} already; "
            "rename one, or make them one group",
            "name",
        )
    names.setdefault(name, table.position)
    return name


def _listed(table: TomlTable, patterns: dict[NamePattern, Position]) -> tuple[TablePattern, ...]:
    """Return the tables that a group lists; ``patterns`` holds those before them, and takes these."""
    if "tables" not in table or table.is_empty_array("tables"):
        table.report('the group has no tables; list them: tables = ["…"], or remove the group', "tables")
        return ()
    listed = []
    for index, text in table.texts("tables"):
        pattern = _pattern(table, text, "tables", index)
        if pattern is None:
            continue
        position = table.position_of("tables", index)
        if pattern in patterns:
            table.report(
                f"{found(text)} is listed at {patterns[pattern]} already; remove one of the two",
                "tables",
                index,
            )
        patterns.setdefault(pattern, position)
        listed.append(TablePattern(text=text, position=position))
    return tuple(listed)


def _pattern(table: TomlTable, text: str, key: str, index: int | None = None) -> NamePattern | None:
    try:
        return parse_pattern(text)
    except ValueError as error:
        table.report(f"{found(text)} names no table: {error}", key, index)
        return None


def _file_number(table: TomlTable, key: str, numbers: dict[int, str]) -> int | None:
    """Return a file's number; ``numbers`` holds who has those before it, and takes this one."""
    number = table.integer(key, 1, 99)
    if number is None:
        return None
    if number in numbers:
        table.report(
            f"{table.name_of(key)} is {number}, which {numbers[number]} has already; files run in the "
            "order of their numbers, so choose one that is free",
            key,
        )
    numbers.setdefault(number, f"the {key} at {table.position_of(key)}")
    return number


def _compare_numbers(table: TomlTable, group: GroupRequest) -> None:
    schema, data = group.schema_number, group.data_number
    if schema is not None and data is not None and data < schema:
        table.report(
            f"group.data_file is {data} and comes before the group's schema_file, {schema}; files run in the "
            "order of their numbers, so choose a higher one",
            "data_file",
        )
