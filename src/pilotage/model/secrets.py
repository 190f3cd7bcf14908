"""Which names tell that their value is a secret, and what is written in its place.

Consumed by whatever writes settings and options of a source down.
"""

from __future__ import annotations

import re

MARK = "left-out-by-pilotage"
"""What stands where a password was; good in a literal, in a connection string and in a URI."""

_SECRET = re.compile(
    r"(password|passwd|passphrase|pwd|secret|token|credentials?|(private|api|access|account)_?key"
    r"|scram_(client|server)_key)\Z",
    re.IGNORECASE,
)
"""What such names end with: libpq's own, and those of known foreign-data wrappers."""


def is_secret(name: str) -> bool:
    """Whether an option, a setting or a keyword of a connection string holds a secret, by its name."""
    return bool(_SECRET.search(name))


def without_secret(setting: str) -> str:
    """Return a setting, ``name=value``, with the mark in the place of a secret."""
    name, equals, _ = setting.partition("=")
    return f"{name}={MARK}" if equals and is_secret(name) else setting
