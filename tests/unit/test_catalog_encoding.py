"""A catalog's JSON form."""

from __future__ import annotations

import json

import pytest

from pilotage.catalog import decode_catalog, encode_catalog
from pilotage.errors import UsageError
from tests import catalogs

HOSTILE = 'a"b\nc\\d\u2028</script>\U0001f600'


def test_a_catalog_comes_back_as_it_was() -> None:
    catalog = catalogs.catalog(tables=(catalogs.table(catalogs.named("plain")), catalogs.table(HOSTILE)))
    assert decode_catalog(encode_catalog(catalog)) == catalog


def test_equal_catalogs_encode_to_the_same_bytes() -> None:
    first, second = (encode_catalog(catalogs.catalog(tables=(catalogs.table("t"),))) for _ in range(2))
    assert first == second


def test_the_form_is_indented_json_with_its_version_first() -> None:
    encoded = encode_catalog(catalogs.catalog(tables=(catalogs.table("t"),)))
    assert encoded.startswith(b'{\n  "format": 1,\n  "catalog": {\n')
    assert encoded.endswith(b"}\n")
    assert json.loads(encoded)["catalog"]["tables"][0]["name"] == {"schema": "public", "name": "t"}


@pytest.mark.parametrize("damaged", [b"", b"[]", b"{}", b'{"format": 1}', b"\xff\xfe", b'{"format": "1"}'])
def test_what_is_not_a_baseline_is_refused(damaged: bytes) -> None:
    with pytest.raises(UsageError, match=r"this is not a baseline\.json: .*; make it again"):
        decode_catalog(damaged)


def test_a_newer_form_is_refused_by_its_number() -> None:
    with pytest.raises(UsageError, match="the baseline is of format 2, and this pilotage reads format 1"):
        decode_catalog(b'{"format": 2, "catalog": {}}')
