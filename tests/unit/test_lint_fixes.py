"""Names of the indexes that mend foreign keys, and files of fixes as psql reads them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pilotage.lint.key_index_fixes import LONGEST, IndexNames
from pilotage.model.lint import Fix, Linting
from pilotage.model.names import QualifiedName
from pilotage.report.lint_fixes import FIXES, lint_fixes
from tests.unit.test_lint_sarif import finding

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=63)


def new(table: str, *columns: str, taken: tuple[str, ...] = (), schema: str = "public") -> str:
    return IndexNames(QualifiedName(schema, name) for name in taken).new(
        QualifiedName(schema, table), columns
    )


def test_names_are_those_of_the_reference_document() -> None:
    assert new("accommodation_units", "tenant_id", "hotel_id") == "idx_accommodation_units_tenant_hotel_fk"
    assert new("staff_users", "created_by") == "idx_staff_users_created_by_fk"
    assert new("policies", "property_id", schema="hotels") == "idx_hotels_policies_property_fk"


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert new("t", "a", taken=("idx_t_a_fk", "idx_t_a_fk_2")) == "idx_t_a_fk_3"
    names = IndexNames(())
    assert [names.new(QualifiedName("public", "t"), ("a",)) for _ in range(2)] == [
        "idx_t_a_fk",
        "idx_t_a_fk_2",
    ]


def test_a_column_that_is_called_id_alone_keeps_its_name() -> None:
    assert new("t", "_id", "id") == "idx_t__id_id_fk"


@given(NAMES, st.lists(NAMES, min_size=1, max_size=4))
def test_names_fit_and_differ(table: str, columns: list[str]) -> None:
    names = IndexNames(())
    given = [names.new(QualifiedName("public", table), columns) for _ in range(3)]
    assert len(set(given)) == 3
    assert all(len(name.encode()) <= LONGEST for name in given)
    assert all(name.startswith("idx_") for name in given)


def test_psql_takes_no_part_of_an_expression_for_a_variable_of_its_own() -> None:
    fix = Fix(
        statements=("ALTER POLICY p ON public.t USING ((tags[1:n] = ARRAY[':n']))",),
        reverse=("ALTER POLICY p ON public.t USING (true)",),
        together=True,
    )
    files = lint_fixes(Linting(database="d", rules=(), findings=(finding("t", fix=fix),)))
    assert b"USING ((tags[1: n] = ARRAY[':n']));" in files[FIXES]
