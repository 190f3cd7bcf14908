"""Connection strings taken apart: URIs and key=value strings become keywords and values.

Consumed by :mod:`pilotage.connection.dsn`, which adds files, variables and defaults. The grammar is libpq's
(PostgreSQL documentation, 34.1.1), with one rule on top: no message ever shows a value, nor anything that
may be the rest of a password that was not quoted.
"""

from __future__ import annotations

import difflib
import re
import urllib.parse
from collections.abc import Mapping

from pilotage.errors import UsageError

ENVIRONMENT: Mapping[str, str] = {
    "service": "PGSERVICE",
    "servicefile": "PGSERVICEFILE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "dbname": "PGDATABASE",
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "client_encoding": "PGCLIENTENCODING",
    "options": "PGOPTIONS",
    "application_name": "PGAPPNAME",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslcompression": "PGSSLCOMPRESSION",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcertmode": "PGSSLCERTMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslsni": "PGSSLSNI",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "channel_binding": "PGCHANNELBINDING",
    "requirepeer": "PGREQUIREPEER",
    "require_auth": "PGREQUIREAUTH",
    "min_protocol_version": "PGMINPROTOCOLVERSION",
    "max_protocol_version": "PGMAXPROTOCOLVERSION",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB",
    "gssdelegation": "PGGSSDELEGATION",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
}
"""The variable that gives a keyword's default, for every keyword that has one (PQconndefaults of 18)."""

KEYWORDS = frozenset(ENVIRONMENT) | frozenset(
    """
    fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout
    sslpassword replication scram_client_key scram_server_key oauth_issuer oauth_client_id
    oauth_client_secret oauth_scope sslkeylogfile
    """.split()
)
"""Every keyword that libpq 18 knows, and ``servicefile``, which is newer."""

_SECRETS = frozenset(
    {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
)
_SCHEMES = ("postgresql://", "postgres://")
_SPACE = " \t\n\r\f\v"
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NO_TOKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPES = "inside user or password write @ as %40, : as %3A, / as %2F, % as %25, & as %26, = as %3D"


def parse_conninfo(text: str) -> dict[str, str]:
    """Return the keywords and values that a connection string gives.

    A word that is neither a URI nor holds ``=`` is a database's name, as it is to psql.

    Raises:
        UsageError: the string is malformed or names an unknown keyword.
    """
    for scheme in _SCHEMES:
        if text.startswith(scheme):
            return _parse_uri(text.removeprefix(scheme))
    before_equals = text.partition("=")[0]
    if "://" in before_equals:
        raise UsageError(
            "the DSN has the form of a URI but begins with neither postgresql:// nor postgres://; "
            "write postgresql://user@host:port/database"
        )
    if "=" in text:
        return _parse_pairs(text)
    if any(character in text for character in ":/@"):
        raise UsageError(
            "the DSN is neither a URI (postgresql://user@host:port/database) nor key=value "
            "(host=… dbname=…); a database of such a name is written dbname='…'"
        )
    return {"dbname": text} if text else {}


def check_keyword(keyword: str, *, shown: bool, where: str) -> None:
    """Refuse a keyword that libpq does not know, naming the nearest that it does.

    Args:
        keyword: as it was written.
        shown: whether the word may be shown; the rest of a password may not.
        where: what it was found in, for the message.

    Raises:
        UsageError: the keyword is unknown.
    """
    if keyword in KEYWORDS or keyword == "requiressl":
        return
    nearest = difflib.get_close_matches(keyword, sorted(KEYWORDS), n=1, cutoff=0.6)
    suggestion = f'; did you mean "{nearest[0]}"?' if nearest else ""
    if shown and _WORD.match(keyword):
        raise UsageError(f'{where}: unknown keyword "{keyword}"{suggestion}')
    raise UsageError(f"{where}: a keyword is unknown (not shown: it may be part of a password){suggestion}")


def _store(values: dict[str, str], keyword: str, value: str) -> None:
    """Set a keyword's value; the last one counts."""
    if keyword == "requiressl":  # what sslmode was before PostgreSQL 7.4; libpq takes it still
        keyword, value = "sslmode", "require" if value.startswith("1") else "prefer"
    values[keyword] = value


def _parse_pairs(text: str) -> dict[str, str]:
    """Take ``key=value key='value'`` apart, as libpq's conninfo_parse() does."""
    values: dict[str, str] = {}
    position = _skip_space(text, 0)
    while position < len(text):
        match = re.compile(rf"([^={_SPACE}]*)[{_SPACE}]*(=?)").match(text, position)
        assert match is not None  # noqa: S101 - the pattern matches everywhere, the empty string too
        keyword, equals = match.groups()
        shown = _SECRETS.isdisjoint(values)
        if not equals:
            word = f' after "{keyword}"' if shown and _WORD.match(keyword) else ""
            raise UsageError(
                f"the DSN misses an = sign{word}; a value with spaces is written in single quotes: "
                "key='a value', with \\' for a quote and \\\\ for a backslash inside"
            )
        check_keyword(keyword, shown=shown, where="the DSN")
        start = _skip_space(text, match.end())
        # libpq takes the next pair for the value here, and would then show a password as a host.
        swallowed = re.compile(r"[a-z_]+(?==)").match(text, start) if start > match.end() else None
        if swallowed and swallowed.group() in KEYWORDS:
            raise UsageError(f"the DSN gives {keyword} no value; write {keyword}='' or leave it out")
        value, position = _read_value(text, start)
        _store(values, keyword, value)
        position = _skip_space(text, position)
    return values


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _read_value(text: str, position: int) -> tuple[str, int]:
    """Return the value that begins here, unquoted, and where it ends."""
    quoted = text.startswith("'", position)
    position += quoted
    value: list[str] = []
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\":
            value.append(text[position : position + 1])
            position += 1
        elif character == "'" if quoted else character in _SPACE:
            return "".join(value), position
        else:
            value.append(character)
    if quoted:
        raise UsageError("the DSN holds a quoted value that does not end; write \\' for a quote inside")
    return "".join(value), position


def _parse_uri(rest: str) -> dict[str, str]:
    """Take what follows ``postgresql://`` apart, as libpq's conninfo_uri_parse_options() does."""
    values: dict[str, str] = {}
    match = re.match(r"([^:@/]*)(?::([^@/]*))?@", rest)
    if match:
        user, password = match.groups()
        if user:
            values["user"] = _decode(user, "user")
        if password:
            values["password"] = _decode(password, "password")
        rest = rest[match.end() :]
    host, port, rest = _split_location(rest)
    path, question, query = rest.partition("?")
    if "@" in path or "@" in host or "@" in port:
        # libpq would end the password at the first @ or / and look up the rest as a host.
        raise UsageError(f"the URI holds an @ where none belongs; {_ESCAPES}")
    if host:
        values["host"] = _decode(host, "host")
    if port:
        values["port"] = _decode(port, "port")
    if path:
        values["dbname"] = _decode(path, "database")
    if question:
        _parse_query(query, values)
    return values


def _split_location(rest: str) -> tuple[str, str, str]:
    """Return host, port and, without the slash before it, what follows them."""
    if rest.startswith("["):
        bracketed = re.match(r"\[([^\]]+)\](?=[:/?,]|\Z)", rest)
        if not bracketed:
            raise UsageError("the URI's IPv6 address is not of the form [address] or [address]:port")
        host, rest = bracketed.group(1), rest[bracketed.end() :]
    else:
        plain = re.match(r"[^:/?,]*", rest)
        host = plain.group() if plain else ""
        rest = rest[len(host) :]
    port = ""
    if rest.startswith(":"):
        port = re.split(r"[/?,]", rest[1:], maxsplit=1)[0]
        rest = rest[1 + len(port) :]
    if rest.startswith(","):
        refuse_several("host")
    return host, port, rest.removeprefix("/")


def refuse_several(what: str) -> None:
    """Refuse a list where one is meant.

    Raises:
        UsageError: always.
    """
    raise UsageError(
        f"the DSN gives more than one {what}; pilotage works with exactly one server on either side, "
        "so name the one to use"
    )


def _parse_query(query: str, values: dict[str, str]) -> None:
    secret_before = "password" in values
    for parameter in query.removesuffix("&").split("&") if query else ():
        raw_keyword, equals, raw_value = parameter.partition("=")
        if not equals or "=" in raw_value:
            fault = "has no =" if not equals else "has more than one ="
            raise UsageError(f"the URI: a parameter after the ? {fault}; {_ESCAPES}")
        keyword = _decode(raw_keyword, "a keyword")
        value = _decode(raw_value, keyword if keyword in KEYWORDS else "a parameter")
        if (keyword, value) == ("ssl", "true"):  # as JDBC writes it; libpq takes it too
            keyword, value = "sslmode", "require"
        check_keyword(keyword, shown=not secret_before, where="the URI")
        _store(values, keyword, value)
        secret_before = secret_before or keyword in _SECRETS


def _decode(text: str, what: str) -> str:
    """Return percent-encoded text decoded; spaces around it are dropped, as by libpq 17 and later."""
    text = text.strip(" ")
    if " " in text:
        raise UsageError(f"the URI holds a space in {what}; write it %20")
    if _NO_TOKEN.search(text):
        raise UsageError(f"the URI holds a % in {what} that two hexadecimal digits do not follow; {_ESCAPES}")
    if "%00" in text:
        raise UsageError(f"the URI holds %00 in {what}, which no PostgreSQL text can hold")
    # Bytes that are not UTF-8 become surrogates here and are refused with all other values, later: a decoding
    # error would carry the text.
    return urllib.parse.unquote(text, errors="surrogateescape")
