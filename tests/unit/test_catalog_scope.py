"""What a scope means in a given database."""

from __future__ import annotations

import pytest

from pilotage.catalog.scope import schemas_in_scope
from pilotage.errors import UsageError
from pilotage.model.catalog import Schema
from pilotage.model.scope import Scope

EXISTING = tuple(Schema(name=name, owner="o") for name in ("public", "App", "auth"))


def chosen(*, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    found = schemas_in_scope(Scope(include=include, exclude=exclude), EXISTING, "shop")
    return [schema.name for schema in found]


def test_by_default_every_user_schema_is_in_scope_sorted_by_code_point() -> None:
    assert chosen() == ["App", "auth", "public"]


def test_included_schemas_are_the_only_ones() -> None:
    assert chosen(include=("public", "auth", "public")) == ["auth", "public"]


def test_excluded_schemas_are_left_out_even_where_included() -> None:
    assert chosen(exclude=("auth",)) == ["App", "public"]
    assert chosen(include=("auth", "public"), exclude=("auth",)) == ["public"]


@pytest.mark.parametrize("scope", [Scope(include=("app", "b\nc")), Scope(exclude=("app", "b\nc"))])
def test_an_unknown_schema_is_refused_with_those_that_exist(scope: Scope) -> None:
    with pytest.raises(UsageError) as refused:
        schemas_in_scope(scope, EXISTING, "shop")
    assert str(refused.value).startswith(
        'database shop has no user schema app, "b\nc"; its user schemas: "App", auth, public'
    )


def test_a_database_without_user_schemas_says_so() -> None:
    assert schemas_in_scope(Scope(), (), "shop") == ()
    with pytest.raises(UsageError, match="its user schemas: none"):
        schemas_in_scope(Scope(include=("app",)), (), "shop")
