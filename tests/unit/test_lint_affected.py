"""Which relations are asked about when the policies of some change."""

from __future__ import annotations

from pilotage.lint.affected import affected
from pilotage.model.names import QualifiedName
from pilotage.security.reading import Surface
from pilotage.security.records import AppliedPolicy, Relation, Routine

BODIES = {"reads": 'SELECT 1 FROM "a ""b"""', "calls": "SELECT public.reads()", "makes": "EXECUTE $1"}


def name_of(name: str) -> QualifiedName:
    return QualifiedName("public", name)


def surface(policies: dict[str, str], views: dict[str, str]) -> Surface:
    return Surface(
        relations={
            name_of(name): Relation(
                name=name_of(name),
                kind="view" if name in views else "table",
                guarded=True,
                foreign=False,
                populated=True,
                invoker=True,
                columns=(),
                key=(),
                rows=0,
                reach={},
            )
            for name in (*policies, *views)
        },
        policies={
            name_of(name): (
                AppliedPolicy(
                    table=name_of(name),
                    name="p",
                    command="all",
                    permissive=True,
                    using=text,
                    with_check=None,
                    applies_to=frozenset(),
                ),
            )
            for name, text in policies.items()
        },
        routines=tuple(
            Routine(name=name_of(name), language="sql", trusted=True, body=body, extension=None)
            for name, body in BODIES.items()
        ),
        views={name_of(name): text for name, text in views.items()},
    )


def asked(*tables: str) -> list[str]:
    found = affected(
        [name_of(table) for table in tables],
        surface(
            {
                'a "b"': "true",
                "alone": "(id = 1)",
                "through": "(EXISTS ( SELECT FROM top))",
                "by_function": "calls()",
                "anything": "makes(id)",
            },
            {
                "top": "SELECT FROM middle",
                "middle": 'SELECT FROM public."a ""b"""',
                "other": "SELECT FROM alone",
            },
        ),
    )
    return [each.name for each in found]


def test_what_reads_a_table_through_views_policies_and_functions_is_asked_about() -> None:
    assert asked('a "b"') == ['a "b"', "anything", "by_function", "middle", "through", "top"]
    assert asked("alone") == ["alone", "anything", "other"]
    assert asked("gone") == ["anything"]
