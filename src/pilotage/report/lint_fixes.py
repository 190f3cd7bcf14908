"""What mends a linter's findings, as two SQL files: the statements, and their reverse.

Consumed by the command line. What the statements are is the rules' to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pilotage.connection.printing import PRINTING, TIME_ZONE
from pilotage.files.header import header
from pilotage.files.psql_text import as_psql_reads
from pilotage.files.script import comment
from pilotage.lint.reading import SHARED_QUERIES
from pilotage.model.lint import Finding, Fix, Linting, PolicyChange
from pilotage.model.names import quote_literal
from pilotage.model.visible import visible_text
from pilotage.report.figures import counted
from pilotage.report.lint_speeds import measured_line

FIXES = "fixes.sql"
REVERSE = "reverse.sql"

_LOCKS = (
    "CREATE, DROP and REINDEX INDEX CONCURRENTLY are a transaction each, so that psql -1 would be refused.",
    "They let others read and write, and wait for transactions that began before them. CREATE and DROP",
    "INDEX without CONCURRENTLY, as partitioned tables and the reverse of REINDEX need them, keep others",
    "from writing for as long as they take, and DROP from reading too. Where a build fails, it leaves an",
    "index that is not valid: drop that, and write these files anew; what is done is not in them any more.",
    "Connect to the server itself: a pooler may hand the settings of this file on to others.",
)

_SECONDS = 5
"""That a statement that would keep others out waits for its lock: all who come later wait behind it."""

_SUGGESTIONS = (
    "Suggestions. It is not proved that these change nothing of what anybody sees and may write, for the",
    "reason that each names: they are comments, and nothing applies them.",
)

_TOGETHER = (
    "What else mends one finding is one transaction, after a SET lock_timeout. ALTER, CREATE and DROP POLICY",
    "and ALTER TABLE, but for VALIDATE, keep others from reading and writing the table for a moment, ALTER",
    "SEQUENCE from taking numbers; ALTER FUNCTION and PROCEDURE keep nobody out. Where it does not get its",
    f"lock within {_SECONDS} s, it fails and nothing of it is done: write these files anew, and run them",
    "later; what is done is not in them any more.",
)

_ROWS = (
    "VALIDATE CONSTRAINT reads the whole table and lets others read and write meanwhile. A row may break the",
    "constraint, and a duplicate may be found by REINDEX of a unique index. These come last; where one of",
    "them fails, the others are made all the same, and the file ends with an error.",
)

_ROW_WORDS = re.compile(r"REINDEX |ALTER TABLE .* VALIDATE ", re.DOTALL)
"""How a statement begins that may fail because of rows that are there."""

_EVALUATING = re.compile(rf"CREATE (UNIQUE )?INDEX .*( WHERE |\(.*\()|{_ROW_WORDS.pattern}", re.DOTALL)
"""How a statement looks that may evaluate expressions over rows."""

_LAST = ("invalid_index", "constraint_not_valid")
"""Rules whose fixes may fail because of rows that are there."""

_POLICIES = (
    "A change of policies is made only where these are still what it was proved for, and, where it names",
    "roles in the place of PUBLIC, the rights on the table are. Where it is done already, it is passed over,",
    "so that a file that ended in the middle can be run again, or taken back. Where somebody has changed",
    "them since, the file ends there, and nothing of that change is made.",
)

_BEGIN = """
\\set ON_ERROR_STOP on
\\set AUTOCOMMIT on
SET client_encoding = 'UTF8';
-- an index may take longer than statements and transactions are given, and stands where its table's others do
SET statement_timeout = 0;
SET lock_timeout = 0;
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout'
) AS knows_transaction_timeout \\gset
\\if :knows_transaction_timeout
SET transaction_timeout = 0;
\\endif
SET default_tablespace = '';
-- as when the server printed what follows
"""

# no function: who may change a policy need not have the right to make temporary objects
_COMPARING = """SELECT EXISTS (
    SELECT FROM pg_catalog.pg_prepared_statements WHERE name = 'pilotage_policies'
) AS is_prepared \\gset
\\if :is_prepared
\\else
PREPARE pilotage_policies (regclass, text[], text, text, text) AS
SELECT found.hashes = $3 AND $5 IN ('', rights.hash) AS is_to_do, found.hashes = $4 AS is_done
FROM (
SELECT string_agg(coalesce(policy.hash, ''), ',' ORDER BY named.place) AS hashes
FROM unnest($2) WITH ORDINALITY AS named (name, place)
LEFT JOIN (
{query}
) AS policy ON policy.name = named.name
) AS found, (
{rights}
) AS rights;
\\endif
"""

_GOING_ON = """\\set ON_ERROR_STOP off
{statement}\\if :ERROR
\\set is_left on
\\endif
\\set ON_ERROR_STOP on
"""
"""A statement that may fail without keeping those behind it from being made."""

_WHOLE = """
\\if :is_left
DO {refusal};
\\endif
"""

_PLAIN_INDEX = re.compile(r"(CREATE|DROP) INDEX (?!CONCURRENTLY )")

_AS_PRINTED = (*PRINTING, TIME_ZONE)

_ITS_OWN = ("search_path", TIME_ZONE[0])
"""As an application has it where expressions are evaluated: functions may look up names, or ask the time."""

_OTHERS = (
    "BEGIN RAISE 'the policies of this table, or who has rights on it, are not what this was proved for' "
    "USING HINT = 'Nothing of it is done. Run pilotage lint --fix again.'; END"
)
_REFUSED = (
    "BEGIN RAISE 'not all of this is done, for the reasons that the errors above tell' "
    "USING HINT = 'All else is done. Mend the reasons, and run pilotage lint --fix again.'; END"
)


def lint_fixes(linting: Linting) -> dict[str, bytes]:
    """Return the files by name; none where no finding that counts can be mended by SQL.

    What is not proved, and would have to be, is in them as a comment.
    """
    fixes = _once(sorted(linting.fixable, key=lambda finding: finding.name in _LAST))
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
    """Return the fixes, each once, with what it mends: the first finding of each rule."""
    details: dict[Fix, dict[str, str]] = {}
    for finding in findings:
        if finding.fix is not None:
            details.setdefault(finding.fix, {}).setdefault(finding.name, finding.detail)
    return [("; also: ".join(of_rules.values()), fix) for fix, of_rules in details.items()]


def _script(
    title: str, name: str, linting: Linting, parts: Sequence[tuple[str, Fix, Sequence[str]]]
) -> bytes:
    applied = [fix for _, fix, _ in parts if fix.applies]
    written = [statement for _, fix, statements in parts if fix.applies for statement in statements]
    locks = (
        *(_LOCKS if not all(_is_together(fix) for fix in applied) else ()),
        *(_TOGETHER if any(_is_together(fix) for fix in applied) else ()),
        *(_ROWS if any(_ROW_WORDS.match(statement) for statement in written) else ()),
        *(_POLICIES if any(map(_change_of, applied)) else ()),
    )
    head = header(
        title=title,
        sections=(
            ("Database:", (linting.database,)),
            ("Run it, on its own or after others:", (f"psql -X -v ON_ERROR_STOP=1 -f {name}",)),
            *((("How it locks:", locks),) if locks else ()),
        ),
    )
    begin = _BEGIN + "".join(f"SET {name} = {quote_literal(value)};\n" for name, value in _AS_PRINTED)
    if any(map(_change_of, applied)):
        hashes, rights = (SHARED_QUERIES.text(name, 18).strip() for name in ("policy_hashes", "table_rights"))
        begin += _COMPARING.format(query=hashes, rights=rights)
    blocks = [_block(*part) for part in parts if part[1].applies]
    if any(map(_ROW_WORDS.match, written)):
        begin += "\\set is_left off\n"
        blocks.append(_WHOLE.format(refusal=quote_literal(_REFUSED)).lstrip("\n"))
    suggested = [_block(*part) for part in parts if not part[1].applies]
    if suggested:
        suggested.insert(0, comment(*_SUGGESTIONS))
    return "\n".join((head.rstrip("\n") + begin, *blocks, *suggested)).encode()


def _block(detail: str, fix: Fix, statements: Sequence[str]) -> str:
    sql = "".join(map(_statement, statements))
    placed = _under_its_own(sql) if any(map(_EVALUATING.match, statements)) else sql
    if fix.proof is None or fix.proof.proved:
        said = comment(
            detail,
            *((f"Proved: {fix.proof.reason}",) if fix.proof is not None else ()),
            *((_capital(measured_line(fix.measured)[0]),) if fix.measured is not None else ()),
            *(() if statements else ("Nothing is to be taken back.",)),
        )
        change = _change_of(fix)
        if change is not None:
            return said + _guarded(change, placed, forth=statements is fix.statements)
        if not _is_together(fix):
            return said + placed
        whole = placed if len(statements) == 1 else f"BEGIN;\n{placed}COMMIT;\n"
        return said + _waiting_little(whole)
    # to the server, a comment ends with either kind of line break
    lines = re.split("\r\n|\r|\n", sql.rstrip("\n"))
    return comment(detail, f"Not proved: {fix.proof.reason}", *lines)


def _statement(sql: str) -> str:
    ended = as_psql_reads(f"{sql};\n", what=visible_text(sql.partition("\n")[0]))
    if _ROW_WORDS.match(sql):
        return _GOING_ON.format(statement=ended)
    return _waiting_little(ended) if _PLAIN_INDEX.match(sql) else ended


def _under_its_own(sql: str) -> str:
    values = dict(_AS_PRINTED)
    reset = "".join(f"RESET {name};\n" for name in _ITS_OWN)
    return reset + sql + "".join(f"SET {name} = {quote_literal(values[name])};\n" for name in _ITS_OWN)


def _waiting_little(sql: str) -> str:
    return f"SET lock_timeout = '{_SECONDS}s';\n{sql}SET lock_timeout = 0;\n"


def _guarded(change: PolicyChange, sql: str, *, forth: bool) -> str:
    """Return a transaction that changes a table's policies where they are what they are said to be.

    Args:
        forth: whether it makes the change; otherwise, it takes it back.
    """
    names = ", ".join(map(quote_literal, change.policies))
    to_do, done = (change.before, change.after) if forth else (change.after, change.before)
    return (
        f"BEGIN;\n"
        f"SET LOCAL lock_timeout = '{_SECONDS}s';\n"
        f"LOCK TABLE ONLY {change.table} IN ACCESS EXCLUSIVE MODE;\n"
        f"EXECUTE pilotage_policies ({quote_literal(change.table)}, ARRAY[{names}],"
        f" '{to_do}', '{done}', '{change.rights if forth else ''}') \\gset\n"
        f"\\if :is_to_do\n{sql}"
        "\\elif :is_done\n\\echo this is done already\n"
        f"\\else\nDO {quote_literal(_OTHERS)};\n\\endif\nCOMMIT;\n"
    )


def _change_of(fix: Fix) -> PolicyChange | None:
    return fix.proof.change if fix.proof is not None and fix.proof.proved else None


def _is_together(fix: Fix) -> bool:
    return fix.together or fix.proof is not None


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
