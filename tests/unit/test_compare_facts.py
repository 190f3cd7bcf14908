"""Facts compared, and shown to people, without a server."""

from __future__ import annotations

from pilotage.compare import compare_facts
from pilotage.model.facts import Described, Facts
from pilotage.report.comparison import comparison_text
from tests.unit.screens import screen


def facts(*described: Described, major: int = 18, unknown: tuple[str, ...] = ()) -> Facts:
    return Facts(
        major=major,
        whole=True,
        objects={"relations": described},
        additions={},
        not_read={},
        unknown_catalogs=unknown,
    )


def table(name: str = "public.t", **values: str) -> Described:
    return Described(
        kind="table",
        object=name,
        within=(),
        facts={key.replace("_", " "): value for key, value in values.items()},
    )


def test_a_catalog_that_nobody_knows_is_named() -> None:
    comparison = compare_facts(facts(), facts(major=19, unknown=("pg_propgraph",)))
    assert "pg_propgraph: a catalog that this version of pilotage does not know" in comparison.not_compared
    assert any("what PostgreSQL 19 has added" in line for line in comparison.not_compared)


def test_what_only_one_server_can_be_asked_is_not_compared_and_said() -> None:
    source = facts(major=15)
    target = Facts(
        major=18,
        whole=True,
        objects={"relations": (), "new_things": (table("public.new"),)},
        additions={},
        not_read={},
        unknown_catalogs=(),
    )
    comparison = compare_facts(source, target)
    assert comparison.differences == ()
    assert "new things: PostgreSQL 18 has that, and 15 does not" in comparison.not_compared


def test_an_extension_has_the_version_of_its_server() -> None:
    def extension(version: str) -> Described:
        return Described(kind="extension", object="hstore", within=(), facts={"version": version})

    assert not compare_facts(facts(extension("1.7")), facts(extension("1.8"))).equal
    other = compare_facts(facts(extension("1.7"), major=15), facts(extension("1.8")))
    assert other.equal
    assert (
        "version of extension hstore: source has 1.7, target 1.8; each server brings its own"
        in other.not_compared
    )


def test_text_of_users_is_compared_as_it_is_and_print_by_its_meaning() -> None:
    assert not compare_facts(facts(table(comment="a  b")), facts(table(comment="a b"))).equal
    assert not compare_facts(facts(table(body='"a"')), facts(table(body="a"))).equal
    assert compare_facts(facts(table(query='SELECT  "a"')), facts(table(query="SELECT a"))).equal
    assert compare_facts(
        facts(table(owner_column='public."user"')), facts(table(owner_column="public.user"))
    ).equal


def test_a_comparison_on_one_screen() -> None:
    body = "\n".join(f"line {number}" for number in range(20))
    comparison = compare_facts(
        facts(
            table('public."e\x1b[31m"', owner="a", body=body, comment="x" * 70),
            table("public.gone"),
        ),
        facts(table('public."e\x1b[31m"', owner="b\n", body=body.replace("line 7", "line seven"))),
    )
    shown = screen(comparison_text(comparison), 100).partition("Not compared")[0]
    assert shown == (
        'table public."e\\x1b[31m"\n'
        "  body: source -, target +\n"
        "    @@ -7,3 +7,3 @@\n"
        "     line 6\n"
        "    -line 7\n"
        "    +line seven\n"
        "     line 8\n"
        "  comment: only in the source\n"
        f"    {'x' * 70}\n"
        "  owner: source -, target +\n"
        "    @@ -1 +1,2 @@\n"
        "    -a\n"
        "    +b\n"
        "    +\n"
        "\n"
        "table public.gone\n"
        "  only in the source\n"
        "\n"
        "Comparison: different. 2 objects, 4 differences.\n"
        "\n"
    )
