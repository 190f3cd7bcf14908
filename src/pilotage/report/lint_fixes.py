"""What mends a linter's findings, as two SQL files: the statements, and their reverse.

Consumed by the command line. What the statements are is the rules' to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pilotage.files.header import header
from pilotage.files.script import comment
from pilotage.model.lint import Finding, Fix, Linting
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

_SECONDS = 5
"""That a change of a policy waits for its lock: all who come later wait behind it."""

_SUGGESTIONS = (
    "Suggestions. It is not proved that these change nothing of what anybody sees and may write, for the",
    "reason that each names: they are comments, and nothing applies them.",
)

_POLICY_LOCKS = (
    "ALTER, CREATE and DROP POLICY keep others from reading and writing the table for a moment; those of one",
    f"finding are one transaction. Where it does not get the lock within {_SECONDS} s, it fails and nothing",
    "of it is done: write these files anew, and run them later; what is done is not in them any more.",
)

_BEGIN = """
\\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
-- an index may take longer than queries are given
SET statement_timeout = 0;
"""

# as when the server printed the expressions (pg_dump sets the same)
_AS_PRINTED = """SET search_path = '';
SET standard_conforming_strings = on;
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
"""


def lint_fixes(linting: Linting) -> dict[str, bytes]:
    """Return the files by name; none where no finding that counts can be mended by SQL.

    What is not proved, and would have to be, is in them as a comment.
    """
    fixes = _once(linting.fixable)
    if not fixes:
        return {}
    number = sum(finding.fix.applies for finding in linting.fixable if finding.fix is not None)
    return {
        FIXES: _script(
            f"What mends {counted(number, 'finding')} of pilotage lint",
            FIXES,
            linting,
            [(detail, fix, fix.statements) for detail, fix in fixes],
        ),
        REVERSE: _script(
            f"What takes {FIXES} back, wholly done",
            REVERSE,
            linting,
            [(detail, fix, fix.reverse) for detail, fix in reversed(fixes)],
        ),
    }


def _once(findings: Sequence[Finding]) -> list[tuple[str, Fix]]:
    """Return the fixes, each once, with what it is the first to mend."""
    details: dict[Fix, str] = {}
    for finding in findings:
        if finding.fix is not None:
            details.setdefault(finding.fix, finding.detail)
    return [(detail, fix) for fix, detail in details.items()]


def _script(
    title: str, name: str, linting: Linting, parts: Sequence[tuple[str, Fix, Sequence[str]]]
) -> bytes:
    applied = [fix for _, fix, _ in parts if fix.applies]
    locks = (
        *(_LOCKS if any(fix.proof is None for fix in applied) else ()),
        *(_POLICY_LOCKS if any(fix.proof is not None for fix in applied) else ()),
    )
    head = header(
        title=title,
        sections=(
            ("Database:", (linting.database,)),
            ("Run it, on its own or after others:", (f"psql -v ON_ERROR_STOP=1 -f {name}",)),
            *((("How it locks:", locks),) if locks else ()),
        ),
    )
    begin = _BEGIN + (_AS_PRINTED if any(fix.proof is not None for _, fix, _ in parts) else "")
    blocks = [_block(*part) for part in parts if part[1].applies]
    suggested = [_block(*part) for part in parts if not part[1].applies]
    if suggested:
        suggested.insert(0, comment(*_SUGGESTIONS))
    return "\n".join((head.rstrip("\n") + begin, *blocks, *suggested)).encode()


def _block(detail: str, fix: Fix, statements: Sequence[str]) -> str:
    sql = "".join(f"{statement};\n" for statement in statements)
    if fix.proof is None:
        return comment(detail) + sql
    if fix.proof.proved:
        whole = sql if len(statements) == 1 else f"BEGIN;\n{sql}COMMIT;\n"
        limited = f"SET lock_timeout = '{_SECONDS}s';\n{whole}RESET lock_timeout;\n"
        return comment(detail, f"Proved: {fix.proof.reason}") + limited
    # to the server, a comment ends with either kind of line break
    lines = re.split("\r\n|\r|\n", sql.rstrip("\n"))
    return comment(detail, f"Not proved: {fix.proof.reason}", *lines)
