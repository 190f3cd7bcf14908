"""Connection strings mean to us what they mean to libpq itself, which is asked."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pilotage.connection.conninfo import ENVIRONMENT, KEYWORDS, parse_conninfo
from pilotage.errors import UsageError
from tests.servers_at_hand import require_server

Parse = Callable[[str], dict[str, str] | None]


class Option(ctypes.Structure):
    """``PQconninfoOption`` of libpq-fe.h."""

    _fields_ = [
        ("keyword", ctypes.c_char_p),
        ("envvar", ctypes.c_char_p),
        ("compiled", ctypes.c_char_p),
        ("val", ctypes.c_char_p),
        ("label", ctypes.c_char_p),
        ("dispchar", ctypes.c_char_p),
        ("dispsize", ctypes.c_int),
    ]


@pytest.fixture(scope="module")
def libpq() -> ctypes.CDLL:
    """The newest release's: the rules about spaces in URIs are of 17 and later."""
    path = require_server(18).bin.parent / "lib" / "libpq.so.5"
    if not path.exists():
        pytest.skip(f"the installation has no {path}")
    library = ctypes.CDLL(str(path))
    library.PQconninfoParse.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p)]
    library.PQconninfoParse.restype = ctypes.POINTER(Option)
    library.PQconndefaults.restype = ctypes.POINTER(Option)
    return library


def options(array: ctypes._Pointer[Option]) -> list[Option]:
    found: list[Option] = []
    while array[len(found)].keyword:
        found.append(array[len(found)])
    return found


def test_every_keyword_of_libpq_and_its_variable_is_known(libpq: ctypes.CDLL) -> None:
    variables = {
        option.keyword.decode(): option.envvar.decode() if option.envvar else None
        for option in options(libpq.PQconndefaults())
    }
    assert variables.keys() == KEYWORDS - {"servicefile"}
    assert {keyword: ENVIRONMENT.get(keyword) for keyword in variables} == variables


# Our own rules, for the password's sake, and for what we do not do.
STRICTER = (
    "an @ where none belongs",
    "more than one host",
    "no value; write",
    "begins with neither",
    "neither a URI",
)

URI_PARTS = r"""
u pw : @ / h [::1] [ ] ? & host= %2Frun %20 % %zz %00 , 5432 db sslmode=require ssl=true dbname= = é %C3%A9
user=x password=p hostt=1 # ' \ requiressl=1
""".split()
uris = st.builds(
    lambda scheme, parts: scheme + "".join(parts),
    st.sampled_from(["postgresql://", "postgres://"]),
    st.lists(st.sampled_from([*URI_PARTS, " "]), max_size=9),
)
pairs = st.lists(
    st.sampled_from(
        [*"host user dbname password = = ' \\ a é requiressl hostt 'x y'".split(), " ", " ", "\t"]
    ),
    min_size=1,
    max_size=10,
).map("".join)


@settings(max_examples=1000)
@given(uris | pairs)
@example("postgresql://h/db?user=a&")
@example("postgresql://u:p@[::1]:5/db?password=q%20r")
@example(r"host='a\'b' password = c\ d user=''")
def test_a_string_is_read_as_libpq_reads_it(libpq: ctypes.CDLL, text: str) -> None:
    message = ctypes.c_char_p()
    array = libpq.PQconninfoParse(text.encode(), ctypes.byref(message))
    expected = None
    if array:
        expected = {option.keyword: option.val for option in options(array) if option.val is not None}
        libpq.PQconninfoFree(array)
    try:
        found = parse_conninfo(text)
    except UsageError as error:
        assert expected is None or any(rule in str(error) for rule in STRICTER)
        return
    if "=" not in text and not text.startswith("postgres"):
        assert found == {"dbname": text}  # psql's rule, before libpq is asked
        return
    encoded = {key.encode(): value.encode("utf-8", "surrogateescape") for key, value in found.items()}
    assert encoded == expected
