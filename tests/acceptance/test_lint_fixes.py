"""What mends findings, on real servers: each rule's cases are mended, and taken back without a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import ProgramFailedError, ServerError
from pilotage.lint import RULES, chosen_rules, lint_database
from pilotage.model.lint import Fix, Linting
from pilotage.model.scope import Scope
from pilotage.report.lint_fixes import FIXES, REVERSE, lint_fixes
from tests.lint_cases import all_cases, script
from tests.servers_at_hand import Databases, run_psql

OF_POLICIES = {"auth_rls_initplan", "multiple_permissive_policies"}
"""What of these can be written depends on roles, which tests share; they have tests of their own."""

MENDED = {
    *OF_POLICIES,
    "unindexed_foreign_keys",
    "duplicate_index",
    "policy_exists_rls_disabled",
    "rls_disabled_in_public",
    "security_definer_view",
    "function_search_path_mutable",
    "invalid_index",
    "constraint_not_valid",
    "no_replica_identity",
    "sequence_near_end",
}


async def lint(session: Session, rule: str) -> Linting:
    return await lint_database(session, Scope(), chosen_rules((rule,), ()))


async def make(session: Session, statements: Sequence[str]) -> None:
    async with session.transaction():
        for statement in statements:
            await session.run(statement)


def fixes_of(linting: Linting) -> list[Fix]:
    return list(dict.fromkeys(finding.fix for finding in linting.findings if finding.fix is not None))


def written(linting: Linting, folder: Path) -> tuple[Path, Path]:
    """Write the two files of what was found, and return them."""
    folder.mkdir()
    for name, content in lint_fixes(linting).items():
        (folder / name).write_bytes(content)
    return folder / FIXES, folder / REVERSE


@pytest.mark.parametrize("major", [18, 15])
async def test_every_case_is_mended_and_taken_back_or_a_person_decides(
    new_database: Databases, schema_dump: Callable[[ConnectionParameters], str], tmp_path: Path, major: int
) -> None:
    cases = tuple(
        placed
        for placed in all_cases()
        if placed.kind == "found"
        and major >= placed.case.since
        and not placed.case.alone
        and placed.case.extension is None
    )
    database = new_database(major)
    run_psql(database, script(cases, str(database.database)))
    before = schema_dump(database)
    mended = set()
    async with connect(database) as session:
        for rule in RULES:
            linting = await lint(session, rule.name)
            of_rule = [each for each in cases if each.rule == rule.name]
            schemas = {each.schema for each in of_rule}
            if rule.name not in OF_POLICIES:
                assert {
                    f"{each.kind} {each.object}"
                    for each in linting.findings
                    if each.fix is not None and each.metadata.get("schema") in schemas
                } == {name for each in of_rule for name in each.fixed}, rule.name
            assert all(each.fix is not None or each.decide for each in linting.findings), rule.name
            fixes = fixes_of(linting)
            if not fixes:
                continue
            mended.add(rule.name)
            # what is not proved is a comment in the files, and right nevertheless
            suggested = [each for each in fixes if not each.applies]
            for fix in suggested:
                await make(session, fix.statements)
            files = written(linting, tmp_path / rule.name)
            run_psql(database, files[0])
            left = {finding.identity for finding in (await lint(session, rule.name)).findings}
            assert left == {each.identity for each in linting.findings if each.fix is None}, rule.name
            run_psql(database, files[1])
            for fix in reversed(suggested):
                await make(session, fix.reverse)
            if rule.name == "invalid_index":
                for finding in linting.findings:
                    # one that is unique and was rebuilt stays: it keeps duplicates out
                    if finding.fix is not None and not finding.fix.reverse:
                        await session.run(f"DROP INDEX IF EXISTS {finding.object}")
            assert schema_dump(database) == before, rule.name
            again = {finding.identity for finding in (await lint(session, rule.name)).findings}
            # an index that is not valid cannot be made: its reverse leaves none
            assert again == {each.identity for each in linting.findings} or rule.name == "invalid_index"
    assert mended == MENDED


# -- what rows may refuse -----------------------------------------------------------------------------------

REFUSING = """
CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (1, 2); CREATE TABLE r (a int PRIMARY KEY);
ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 1) NOT VALID;
ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES r NOT VALID;
COMMENT ON CONSTRAINT f ON t IS 'new';
ALTER TABLE t ADD CONSTRAINT small CHECK (b < 9) NOT VALID;
CREATE INDEX twice ON t (b); CREATE INDEX twice_more ON t (b);
"""


async def test_what_rows_refuse_comes_last_and_is_mended_once_they_do_not(
    new_database: Databases, schema_dump: Callable[[ConnectionParameters], str], tmp_path: Path
) -> None:
    database = new_database(18, sql=REFUSING)
    async with connect(database) as session:
        with pytest.raises(ServerError, match="could not create unique index"):
            await session.run("CREATE UNIQUE INDEX CONCURRENTLY t_a ON public.t (a)")
        every = await lint_database(session, Scope(), RULES)
        first = written(every, tmp_path / "first")
        with pytest.raises(ProgramFailedError) as refused:
            run_psql(database, first[0])
        for told in (
            "violates foreign key constraint",
            'check constraint "positive" of relation "t" is violated',
            "could not create unique index",
            "not all of this is done",
        ):
            assert told in str(refused.value)
        assert (await lint(session, "duplicate_index")).findings == ()
        left = {each.object for each in (await lint(session, "constraint_not_valid")).findings}
        assert left == {"f on public.t", "positive on public.t"}
        before = schema_dump(database)
        await session.run("INSERT INTO public.r SELECT b FROM public.t; UPDATE public.t SET a = b, b = 5")
        second = written(await lint_database(session, Scope(), RULES), tmp_path / "second")
        run_psql(database, second[0])
        left = {finding.name for finding in (await lint_database(session, Scope(), RULES)).findings}
        assert left.isdisjoint({"constraint_not_valid", "invalid_index", "unindexed_foreign_keys"})
        run_psql(database, second[1])
        # what keeps duplicates out is not taken back
        await session.run("DROP INDEX public.t_a")
    assert schema_dump(database) == before


async def test_an_index_that_was_not_rebuilt_is_not_dropped(new_database: Databases, tmp_path: Path) -> None:
    database = new_database(18, sql="CREATE TABLE t (a int); CREATE INDEX t_a ON t (a);")
    async with connect(database) as session:
        await session.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.t_a'::regclass")
        fixes, reverse = written(await lint(session, "invalid_index"), tmp_path / "fix")
        run_psql(database, reverse)
        assert await session.value("SELECT to_regclass('public.t_a') IS NOT NULL")
        run_psql(database, fixes)
        assert (await lint(session, "invalid_index")).findings == ()
        run_psql(database, reverse)
        assert await session.value("SELECT to_regclass('public.t_a') IS NULL")


# -- functions that look up names ---------------------------------------------------------------------------

APP = """
CREATE SCHEMA app; CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions;
SET search_path = app, extensions;
CREATE TABLE item (id int, label citext); INSERT INTO item VALUES (1, 'One'); CREATE SEQUENCE numbering;
CREATE TABLE named (what regclass); INSERT INTO named VALUES ('item');
CREATE VIEW seen AS SELECT id FROM item;
CREATE FUNCTION takes(what regclass) RETURNS oid LANGUAGE internal AS 'int4abs';
CREATE FUNCTION named_once() RETURNS int LANGUAGE internal AS 'int4abs';
CREATE TABLE noted (id int); CREATE TABLE quiet (id int); CREATE TYPE mood AS ENUM ('good');
CREATE FUNCTION shown(item) RETURNS text LANGUAGE sql AS $$ SELECT 'shown ' || $1.id $$;
CREATE FUNCTION initcap(int) RETURNS text LANGUAGE sql AS $$ SELECT 'ours' $$;
CREATE FUNCTION notes() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO quiet VALUES (1); RETURN NEW; END $$;
CREATE TRIGGER notes BEFORE INSERT ON noted FOR EACH ROW EXECUTE FUNCTION notes();
"""

BODIES = {
    # the search_path decides
    "a table": "RETURN (SELECT count(*) FROM item);",
    "a table behind another name": "RETURN (SELECT max(i.id) FROM item AS i);",
    "a type": "RETURN 'good'::mood;",
    "the type of a column": "DECLARE x item.id%TYPE; BEGIN RETURN x; END;",
    "a function": "RETURN initcap(1);",
    "a function of rows": "RETURN (SELECT i.shown FROM app.item AS i);",
    "an operator": "RETURN (SELECT i.label = 'ONE' FROM app.item AS i);",
    "a word for an operator": "RETURN (SELECT i.label LIKE 'ONE' FROM app.item AS i);",
    "a list": "RETURN (SELECT i.label IN ('ONE', 'TWO') FROM app.item AS i);",
    "a name in a text": "RETURN currval('numbering') IS NOT NULL;",
    "a cast": "RETURN 'item'::regclass;",
    "a name that is printed": "RETURN (SELECT pg_typeof(i) FROM app.item AS i);",
    "dynamic SQL": "DECLARE n int; BEGIN EXECUTE 'SELECT id FROM item' INTO n; RETURN n; END;",
    "a name that a column holds": "RETURN (SELECT what FROM app.named);",
    "a name that a function takes": "RETURN app.takes('item');",
    "a definition that is printed": "RETURN (SELECT definition FROM pg_views WHERE viewname = 'seen');",
    "the first of the path": "RETURN current_schema;",
    "a function in a statement of another kind": (
        "DECLARE said text; BEGIN GRANT EXECUTE ON FUNCTION named_once TO PUBLIC; RETURN said; END;"
    ),
    "a comment on a function": "BEGIN COMMENT ON FUNCTION named_once IS 'x'; RETURN 1; END;",
    "the path itself": "RETURN current_schemas(false);",
    "a trigger": "INSERT INTO app.noted VALUES (1); RETURN 1;",
    "a call": "RETURN app.calls_1();",
    # it does not
    "names with schemas": "RETURN (SELECT count(*) FROM app.quiet AS q WHERE q.id = 1 AND lower('X') = 'x');",
    "an operator with namesakes of other types": "RETURN upper('x') = 'X' AND 'x' LIKE 'x';",
    "a name in a text with its schema": "RETURN currval('app.numbering') IS NOT NULL;",
    "rows written where nothing is set off": "INSERT INTO app.quiet VALUES (2); RETURN format('item %s', 1);",
    "a call of what looks up nothing": "RETURN app.calls_2('good');",
    "rows read where triggers wait for others": "RETURN (SELECT count(*) >= 0 FROM app.noted);",
}
DECIDED = 22
"""How many of these depend on the search_path."""

CALLED = """
CREATE FUNCTION app.calls_1() RETURNS int LANGUAGE plpgsql
    AS $$ BEGIN RETURN (SELECT min(id) FROM item); END $$;
CREATE FUNCTION app.calls_2(feels app.mood) RETURNS bool LANGUAGE plpgsql
    AS $$ BEGIN RETURN feels = 'good'::app.mood; END $$;
SELECT nextval('app.numbering');
"""


def function(number: int, body: str) -> str:
    whole = body if "BEGIN" in body else f"BEGIN {body} END;"
    return f"CREATE FUNCTION app.f{number}() RETURNS text LANGUAGE plpgsql AS $body$ {whole} $body$;"


async def answers(session: Session) -> list[str]:
    """Return what each function says to a caller with a search_path."""
    said = []
    await session.run("SET search_path = app, extensions; SELECT nextval('app.numbering')")
    for number in range(len(BODIES)):
        try:
            said.append(str(await session.text(f"SELECT app.f{number}()")))
        except ServerError as error:
            said.append(str(error))
    await session.run("SET search_path = ''")
    return said


async def test_only_functions_that_answer_the_same_get_a_search_path(new_database: Databases) -> None:
    database = new_database(
        18, sql=APP + CALLED + "".join(function(*each) for each in enumerate(BODIES.values()))
    )
    async with connect(database) as session:
        linting = await lint(session, "function_search_path_mutable")
        fixed = {finding.object for finding in linting.findings if finding.fix is not None}
        of_bodies = [f"app.f{number}()" in fixed for number in range(len(BODIES))]
        assert dict(zip(BODIES, of_bodies, strict=True)) == {
            title: place >= DECIDED for place, title in enumerate(BODIES)
        }
        before = await answers(session)
        for number in range(len(BODIES)):
            await session.run(f"ALTER FUNCTION app.f{number}() SET search_path = ''")
        after = await answers(session)
        same = [one == other for one, other in zip(before, after, strict=True)]
        assert dict(zip(BODIES, same, strict=True)) == dict(zip(BODIES, of_bodies, strict=True))
