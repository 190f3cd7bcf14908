"""What mends a linter's findings, as two SQL files: the statements, and their reverse.

Consumed by the command line. What the statements are is the rules' to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotage.files.header import header
from pilotage.files.script import comment
from pilotage.model.lint import Finding, Linting
from pilotage.report.figures import counted

FIXES = "fixes.sql"
REVERSE = "reverse.sql"

_LOCKS = (
    "Each statement is its own transaction: CONCURRENTLY asks for that, and psql -1 would be refused. It",
    "lets others read and write, and waits for transactions that began before it. CREATE and DROP INDEX",
    "without it, which only partitioned tables have, keep others from writing for a moment. Where a build",
    "fails, it leaves an index that is not valid: drop that, and write these files anew; what is done is",
    "not in them any more.",
)

_BEGIN = """
\\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
-- an index may take longer than queries are given
SET statement_timeout = 0;
"""


def lint_fixes(linting: Linting) -> dict[str, bytes]:
    """Return the files by name; none where no finding that counts can be mended by SQL."""
    findings = _once(linting.fixable)
    if not findings:
        return {}
    forth = [(finding.detail, finding.fix.statements) for finding in findings if finding.fix is not None]
    back = [
        (finding.detail, finding.fix.reverse) for finding in reversed(findings) if finding.fix is not None
    ]
    return {
        FIXES: _script(
            f"What mends {counted(len(linting.fixable), 'finding')} of pilotage lint", FIXES, linting, forth
        ),
        REVERSE: _script(f"What takes {FIXES} back, wholly done", REVERSE, linting, back),
    }


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings without those that the same statements mend."""
    return list({finding.fix: finding for finding in reversed(findings)}.values())[::-1]


def _script(title: str, name: str, linting: Linting, parts: Iterable[tuple[str, Sequence[str]]]) -> bytes:
    head = header(
        title=title,
        sections=(
            ("Database:", (linting.database,)),
            ("Run it, on its own or after others:", (f"psql -v ON_ERROR_STOP=1 -f {name}",)),
            ("How it locks:", _LOCKS),
        ),
    )
    blocks = [
        comment(detail) + "".join(f"{statement};\n" for statement in statements)
        for detail, statements in parts
    ]
    return "\n".join((head.rstrip("\n") + _BEGIN, *blocks)).encode()
