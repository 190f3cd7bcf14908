"""A database with at least one of everything arrives whole, from each version, by every route."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.compare import compare_databases
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.execute import Limits
from pilotage.migrate import Migration, migrate
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.scope import Scope
from pilotage.model.secrets import MARK
from pilotage.programs import find_installations
from tests.generated_files import forward_files, rollback_files, run_files, write_files
from tests.servers_at_hand import Databases, run_psql, versions
from tests.zoo import PASSWORDS, create_zoo, prepare_target

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

VERSIONS = versions(15, 18, thorough=(16, 17), besides=(18,))

# Before PostgreSQL 17 nobody has MAINTAIN, so no owner could give it up; what was never taken away, pg_dump
# leaves to the owner, and a later server prints it.
_WITH_MAINTAIN = {"TABLE keeper; Type: ACL", "TABLE species; Type: ACL"}
# Before PostgreSQL 16 the columns of a view's only table are printed with its name.
_WITH_TABLE_NAMES = {
    "all_options; Type: VIEW",
    "as_reader; Type: VIEW",
    "behind_barrier; Type: VIEW",
    "by_key _RETURN; Type: RULE",
    "by_key_alone _RETURN; Type: RULE",
    "checked; Type: VIEW",
    "circle_a _RETURN; Type: RULE",
    "circle_b; Type: VIEW",
    "counting; Type: VIEW",
    "locally_checked; Type: VIEW",
    "over_materialized; Type: VIEW",
    "plain_view; Type: VIEW",
    "a_second; Type: MATERIALIZED VIEW",
    "third; Type: MATERIALIZED VIEW",
    "z_first; Type: MATERIALIZED VIEW",
}
PRINTED_DIFFERENTLY = {15: _WITH_MAINTAIN | _WITH_TABLE_NAMES, 16: _WITH_MAINTAIN, 17: set(), 18: set()}
"""For each version, what PostgreSQL 18 prints in other words, though pg_dump and psql have moved it."""

_HEAD = re.compile(r"^-- Name: (.*; Type: [A-Z ]+); Schema: .*$", re.MULTILINE)


def blocks(dump: str) -> dict[str, str]:
    """A dump's entries, in order, by their names and kinds; what comes before the first has no name."""
    parts = _HEAD.split(dump)
    found = {"": parts[0]}
    for head, text in zip(parts[1::2], parts[2::2], strict=True):
        found[head] = found.get(head, "") + text  # such as functions, which have one name for several
    return found


def assert_arrived(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    major: int,
    databases: Databases,
    dump: Dump,
) -> None:
    """The target is printed as the source is; or else, as what pg_dump and psql make of the source."""
    expected, found = blocks(dump(source)), blocks(dump(target))
    assert list(found) == list(expected)
    differing = {head for head, text in expected.items() if found[head] != text}
    assert differing == PRINTED_DIFFERENTLY[major]
    if differing:
        measure = prepare_target(databases, 18)
        run_psql(measure, dump(source))
        wanted = blocks(dump(measure))
        assert {head: found[head] for head in differing} == {head: wanted[head] for head in differing}


async def migrated(source: ConnectionParameters, target: ConnectionParameters) -> Migration:
    return await migrate(
        source,
        target,
        scope=Scope(),
        installations=find_installations(),
        limits=Limits(jobs=2),
        on_event=lambda _: None,
    )


@pytest.mark.parametrize("major", VERSIONS)
async def test_the_zoo_arrives_whole_by_migrate(
    major: int, new_database: Databases, schema_dump: Dump, data_dump: Rows
) -> None:
    source, target = create_zoo(new_database, major), prepare_target(new_database, 18)

    migration = await migrated(source, target)

    assert_arrived(source, target, major=major, databases=new_database, dump=schema_dump)
    assert data_dump(target) == data_dump(source)
    assert migration.verdict is not None
    assert migration.verdict.differences == ()
    async with connect(source) as left, connect(target) as right:
        comparison = await compare_databases(left, right, Scope())
    assert comparison.differences == ()


@pytest.mark.parametrize(
    ("layout", "data_format", "major"),
    [
        pytest.param(
            layout,
            data_format,
            *version.values,
            id=f"{name}-{version.values[0]}",
            marks=version.marks,
        )
        for name, layout, data_format, majors in (
            ("schema-first", Layout.SCHEMA_FIRST, DataFormat.COPY, versions(15, thorough=(16, 17, 18))),
            ("bulk-insert", Layout.BULK, DataFormat.INSERT, versions(18, thorough=(15, 16, 17))),
        )
        for version in majors
    ],
)
async def test_the_zoo_arrives_whole_by_files(
    layout: Layout,
    data_format: DataFormat,
    major: int,
    new_database: Databases,
    schema_dump: Dump,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    source, target = create_zoo(new_database, major), prepare_target(new_database, 18)

    await write_files(source, tmp_path, Configuration(layout=layout, data_format=data_format))
    run_files(target, forward_files(tmp_path))

    def dump(parameters: ConnectionParameters) -> str:
        """No file holds a password: what stands there instead is expected."""
        text = schema_dump(parameters)
        for statement, password in PASSWORDS.items():
            text = text.replace(
                statement, statement.replace(password, f"'{MARK}'" if "'" in password else MARK)
            )
        return text

    assert_arrived(source, target, major=major, databases=new_database, dump=dump)
    assert data_dump(target) == data_dump(source)


# A file cannot tell what was there before of privileges that initdb gave on PostgreSQL's own objects.
_LEFT_GIVEN = {
    "FUNCTION pg_reload_conf(); Type: ACL",
    "FUNCTION pg_sleep(double precision); Type: ACL",
    "TABLE pg_authid; Type: ACL",
    "TABLE pg_stat_activity; Type: ACL",
}
# In this layout two files change what is known of schema public, and each sees the other's change.
_LEFT_OF_PUBLIC = {"public; Type: SCHEMA", "SCHEMA public; Type: ACL"}


@pytest.mark.servers(18)
@pytest.mark.parametrize(
    ("layout", "left"),
    [
        pytest.param(Layout.SCHEMA_FIRST, _LEFT_GIVEN, id="schema-first"),
        pytest.param(Layout.BULK, _LEFT_GIVEN | _LEFT_OF_PUBLIC, id="bulk"),
    ],
)
async def test_files_take_the_zoo_back_but_for_what_they_name(
    layout: Layout,
    left: set[str],
    new_database: Databases,
    schema_dump: Dump,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    source, target = create_zoo(new_database, 18), prepare_target(new_database, 18)
    run_psql(target, "CREATE TABLE public.mine (a int); INSERT INTO mine VALUES (1);")
    before, rows = blocks(schema_dump(target)), data_dump(target)
    await write_files(source, tmp_path, Configuration(layout=layout))
    run_files(target, forward_files(tmp_path))

    said = run_files(target, rollback_files(tmp_path))

    after = blocks(schema_dump(target))
    assert before.keys() - after.keys() == set()
    assert after.keys() - before.keys() == left
    assert data_dump(target) == rows
    headers = "".join(path.read_text() for path in rollback_files(tmp_path))
    for head in _LEFT_GIVEN:
        assert f"acl on {head.partition(';')[0]} of pg_catalog" in headers
    assert ("schema public: left as found" in said) is (layout is Layout.BULK)
