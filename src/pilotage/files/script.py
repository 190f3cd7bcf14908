r"""A script's skeleton: statements and comments, arranged so that psql fails on a file that is cut short.

Consumed by data files, and by any file that shall be as safe. Of a file that just ends psql says nothing, and
exits with status 0; rows of a COPY that ends with the file are even taken for complete. Nothing is committed
then, but nobody is told. What helps, tried with psql 15 to 18:

- For ``copy``, all stands between psql's ``\if true`` and ``\endif``. psql reports what it misses, status 3.
- For ``insert``, which any program may run, a block comment is open between statements. What psql has read of
  it at the end of the file it sends, and the server's error repeats the words with which the comment begins.

So a cut at any line is an error. What remains is a cut before the first line's end, or in the middle of a
line of ``insert`` just between a statement's semicolon and the comment, or a comment and the next statement.
"""

from __future__ import annotations

from pilotage.model.choices import DataFormat
from pilotage.model.visible import visible_text

_CUT_SHORT = "/* an error here means: the file is CUT SHORT, nothing of it was committed\n"

OPEN: dict[DataFormat, str] = {
    # An error ends a file also where nobody has asked for that: what follows a COPY that failed is rows, and
    # psql would take them for SQL.
    DataFormat.COPY: "\\set ON_ERROR_STOP on\n\\set ON_ERROR_ROLLBACK off\n\\if true\n",
    DataFormat.INSERT: _CUT_SHORT,
}
"""Begins a file."""

BEGIN_STATEMENT: dict[DataFormat, str] = {DataFormat.COPY: "", DataFormat.INSERT: "*/ "}
"""Comes before each statement."""

END_STATEMENT: dict[DataFormat, str] = {DataFormat.COPY: ";\n", DataFormat.INSERT: ";" + _CUT_SHORT}
"""Ends each statement."""

COMMIT: dict[DataFormat, str] = {
    DataFormat.COPY: "COMMIT;\n\\endif\n",
    DataFormat.INSERT: "*/ COMMIT;\n",
}
"""Ends a file."""


def statement(sql: str, data_format: DataFormat) -> str:
    """Return one statement as it stands in a file of this format, given with or without its semicolon."""
    return BEGIN_STATEMENT[data_format] + sql.rstrip().removesuffix(";") + END_STATEMENT[data_format]


def comment(*lines: str) -> str:
    """Return lines as comments: psql looks for no commands of its own in them, and no name can end one.

    A line break is made visible instead. What would begin or end a block comment gets a space in its middle.
    """
    return "".join(f"-- {_harmless(line)}".rstrip(" ") + "\n" for line in lines)


def _harmless(line: str) -> str:
    text = visible_text(line)
    while "*/" in text or "/*" in text:
        text = text.replace("*/", "* /").replace("/*", "/ *")
    return text
