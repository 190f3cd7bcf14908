"""The digest of a verdict: what is documented is what is computed, whatever a verdict holds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.verdict import Difference, Verdict
from pilotage.verify.seal import is_as_sealed, sealed
from tests.servers_at_hand import REPOSITORY
from tests.unit.runs import check, verdict_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def written(verdict: Verdict) -> bytes:
    return msgspec.json.format(msgspec.json.encode(verdict, order="deterministic"), indent=2)


def verdict_about(text: str, seconds: float = 0.25) -> Verdict:
    difference = Difference(object=f"table {text}", fact="comment", expected=text, found="")
    found = msgspec.structs.replace(check("facts", "All else", 3, [difference]), seconds=seconds)
    return verdict_of(found, not_checked=(text,))


@given(TEXTS, st.floats(0, 1e9))
def test_a_verdict_is_as_it_was_sealed_whatever_it_holds(text: str, seconds: float) -> None:
    verdict = sealed(verdict_about(text, seconds))
    assert is_as_sealed(written(verdict))
    assert is_as_sealed(msgspec.json.encode(verdict))
    changed = msgspec.structs.replace(verdict, not_checked=(f"{text}.",))
    assert not is_as_sealed(written(changed))


def test_the_documented_line_computes_the_digest(tmp_path: Path) -> None:
    documented = (REPOSITORY / "docs" / "verdict.md").read_text("utf-8")
    (program,) = re.findall(r"^python3 -c '([^']+)'", documented, re.MULTILINE)
    verdict = sealed(verdict_about('\x7f é 𝄞 \u2028 \\ " / < \b', 0.1))
    (tmp_path / "verdict.json").write_bytes(written(verdict))
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert finished.stdout.split() == [verdict.sha256, verdict.sha256]


@pytest.mark.parametrize("content", [b"[]", b"{}", b"no"])
def test_what_is_no_verdict_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        is_as_sealed(content)
