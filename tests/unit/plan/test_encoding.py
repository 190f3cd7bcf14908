"""plan.json comes back as the plan that it was, or is refused in words."""

from __future__ import annotations

import msgspec
import pytest

from pilotage.errors import UsageError
from pilotage.plan import decode_plan, encode_plan, make_plan
from tests.unit.plan.test_build import fleet

PLAN = make_plan(*fleet())


def test_a_plan_comes_back_equal() -> None:
    assert decode_plan(encode_plan(PLAN)) == PLAN
    assert {type(step).__name__ for step in PLAN.steps} == {
        "RunDdl",
        "LoadTable",
        "BuildIndex",
        "AddConstraint",
        "AddForeignKey",
        "ValidateForeignKey",
        "SetSequence",
        "RefreshView",
        "AnalyzeTable",
    }


def test_it_is_read_line_by_line() -> None:
    encoded = encode_plan(PLAN)
    assert encoded.startswith(b'{\n  "format": 2,\n')
    assert encoded.endswith(b"}\n")


def test_another_format_is_refused_with_both_numbers() -> None:
    encoded = encode_plan(msgspec.structs.replace(PLAN, format=99))
    with pytest.raises(UsageError, match="of format 99, and this pilotage reads format 2"):
        decode_plan(encoded)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff\xfe",
        b'{"format": 2, "scope": "\xff"}',
        b"[]",
        b"{}",
        b'{"format": "1"}',
        b'{"format": 2}',
        b"[" * 100_000,
        b'{"format": 2, "steps": ' + b"[" * 100_000,
        encode_plan(PLAN).replace(b"load-table", b"drop-table"),
        encode_plan(PLAN).replace(b'"data"', b'"dada"'),
        encode_plan(PLAN)[:-20],
    ],
    ids=range(12),
)
def test_garbage_is_refused_in_words(garbage: bytes) -> None:
    with pytest.raises(UsageError, match=r"not a plan\.json: .*; make it again with `pilotage plan`"):
        decode_plan(garbage)
