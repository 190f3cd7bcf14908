"""What a step creates is known by name, whatever the name."""

from __future__ import annotations

import pytest

from pilotage.files.objects import created_by
from pilotage.model.names import QualifiedName
from pilotage.model.plan import AddForeignKey, BuildIndex, RunDdl, Stage


def ddl(drop_sql: str) -> RunDdl:
    return RunDdl(
        id="x", group="", reason="", stage=Stage.STRUCTURE, kind="X", object="x", sql="", drop_sql=drop_sql
    )


@pytest.mark.parametrize(
    ("drop_sql", "described", "oid"),
    [
        ("DROP TABLE public.t;\n", "table public.t", "to_regclass('public.t')::oid"),
        (
            'DROP FOREIGN TABLE "a.b"."c""d";\n',
            'foreign table "a.b"."c""d"',
            'to_regclass(\'"a.b"."c""d"\')::oid',
        ),
        (
            "DROP DOMAIN a.b;\n",
            "domain a.b",
            "(SELECT oid FROM pg_type WHERE typname = 'b' AND typnamespace = to_regnamespace('a'))",
        ),
        (
            'DROP FUNCTION a."f(x)"(text, a."b c");\n',
            'function a."f(x)"(text, a."b c")',
            "(SELECT oid FROM pg_proc WHERE proname = 'f(x)' AND pronamespace = to_regnamespace('a') AND "
            "'text, a.\"b c\"' IN (oidvectortypes(proargtypes), pg_get_function_identity_arguments(oid)))",
        ),
        (
            'DROP TRIGGER "t ON x" ON public."a b";\n',
            'trigger "t ON x" on public."a b"',
            "(SELECT oid FROM pg_trigger WHERE tgname = 't ON x' AND "
            "tgrelid = to_regclass('public.\"a b\"'))",
        ),
        (
            "DROP EVENT TRIGGER e;\n",
            "event trigger e",
            "(SELECT oid FROM pg_event_trigger WHERE evtname = 'e')",
        ),
        (
            "DROP TEXT SEARCH CONFIGURATION a.es;\n",
            "text search configuration a.es",
            "(SELECT oid FROM pg_ts_config WHERE cfgname = 'es' AND cfgnamespace = to_regnamespace('a'))",
        ),
        (
            'DROP TABLE public."x\ny";\n',
            'table public.U&"x\\000Ay"',
            "to_regclass('public.\"x\ny\"')::oid",
        ),
    ],
)
def test_objects_are_named_and_looked_up(drop_sql: str, described: str, oid: str) -> None:
    created = created_by(ddl(drop_sql))
    assert created is not None
    assert (created.described, created.oid) == (described, oid)


@pytest.mark.parametrize("drop_sql", ["", "DROP CAST (a AS b);\n", "-- *not* dropping schema\n"])
def test_what_cannot_be_looked_up_is_none(drop_sql: str) -> None:
    assert created_by(ddl(drop_sql)) is None


def test_a_key_is_on_its_table() -> None:
    table = QualifiedName("public", "t")
    step = AddForeignKey(
        id="x", group="", reason="", constraint="k", table=table, referenced=table, sql="", drop_sql="…"
    )
    created = created_by(step)
    assert created is not None
    assert (created.described, created.on, created.in_schema) == ("foreign key k on public.t", table, False)


def test_attaching_an_index_creates_nothing() -> None:
    table = QualifiedName("public", "t")
    step = BuildIndex(
        id="x", group="", reason="", index=QualifiedName("public", "i"), table=table, method="", sql=""
    )
    assert created_by(step) is None
