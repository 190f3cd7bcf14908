"""What a DSN means, and what its messages never show."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pilotage.connection import ConnectionParameters, resolve_dsn
from pilotage.errors import UsageError

NOWHERE: Mapping[str, str] = {}


def resolve(
    dsn: str,
    environment: Mapping[str, str] = NOWHERE,
    *,
    home: Path | None = None,
    socket_directories: tuple[Path, ...] = (),
) -> ConnectionParameters:
    return resolve_dsn(
        dsn, environment=environment, os_user="ann", home=home, socket_directories=socket_directories
    )


def place(parameters: ConnectionParameters) -> tuple[str, str | None, str, int, str]:
    return (
        parameters.user,
        parameters.password,
        parameters.host,
        parameters.port,
        parameters.database,
    )


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


# --- URIs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://", ("ann", None, "localhost", 5432, "ann")),
        ("postgres://h", ("ann", None, "h", 5432, "ann")),
        ("postgresql://h:5433", ("ann", None, "h", 5433, "ann")),
        ("postgresql://h/db", ("ann", None, "h", 5432, "db")),
        ("postgresql://bob@h", ("bob", None, "h", 5432, "bob")),
        ("postgresql://bob:pw@h:1/db", ("bob", "pw", "h", 1, "db")),
        ("postgresql://bob:@h/db", ("bob", None, "h", 5432, "db")),
        ("postgresql://:pw@h/db", ("ann", "pw", "h", 5432, "db")),
        ("postgresql://b%40b:p%3A%2F%40%25%3Fw@h/d%2Fb", ("b@b", "p:/@%?w", "h", 5432, "d/b")),
        ("postgresql://bob:a:b?c#d@h/db", ("bob", "a:b?c#d", "h", 5432, "db")),
        ("postgresql://%C3%A9l%C3%A8ve@h/%E2%82%AC", ("élève", None, "h", 5432, "€")),
        ("postgresql:///db?host=/run/pg&port=6543", ("ann", None, "/run/pg", 6543, "db")),
        ("postgresql://%2Frun%2Fpg:6543/db", ("ann", None, "/run/pg", 6543, "db")),
        ("postgresql://[::1]/db", ("ann", None, "::1", 5432, "db")),
        ("postgresql://bob:pw@[2001:db8::7]:7/db", ("bob", "pw", "2001:db8::7", 7, "db")),
        ("postgresql://a/b?user=u&password=p%26q&dbname=c&host=h", ("u", "p&q", "h", 5432, "c")),
        ("postgresql://h/db?", ("ann", None, "h", 5432, "db")),
        ("postgresql://h/db?user=bob&", ("bob", None, "h", 5432, "db")),
        ("postgresql://h/", ("ann", None, "h", 5432, "ann")),
        ("postgresql://h?dbname=db", ("ann", None, "h", 5432, "db")),
        ("postgresql:// h /db", ("ann", None, "h", 5432, "db")),
    ],
)
def test_a_uri_means_what_libpq_reads(dsn: str, expected: tuple[str, str | None, str, int, str]) -> None:
    assert place(resolve(dsn)) == expected


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("postgresql://[::1", "IPv6"),
        ("postgresql://[]/db", "IPv6"),
        ("postgresql://[::1]x/db", "IPv6"),
        ("postgresql://h/a%2", "two hexadecimal digits"),
        ("postgresql://h/a%00b", "%00"),
        ("postgresql://h/a b", "%20"),
        ("postgresql://h/db?user", "has no ="),
        ("postgresql://h/db?user=a=b", "more than one ="),
        ("postgresql://h/db?&", "has no ="),
        ("postgresql://h:0/db", "1 to 65535"),
        ("postgresql://h:65536/db", "1 to 65535"),
        ("postgresql://h:x/db", "1 to 65535"),
        ("postgresql://h/%ff", "UTF-8"),
        ("postgresql://a,b/db", "more than one host"),
        ("postgresql://a:1,b:2/db", "more than one host"),
        ("postgresql://[::1],b/db", "more than one host"),
        ("postgresql:///db?host=a,b", "more than one host"),
        ("mysql://h/db", "neither postgresql:// nor postgres://"),
        ("mysql://h/db?user=x", "neither postgresql:// nor postgres://"),
        ("POSTGRESQL://h/db", "neither postgresql:// nor postgres://"),
        ("ann@h/db", "neither a URI"),
        ("h:5432", "neither a URI"),
    ],
)
def test_a_malformed_uri_is_refused_with_the_reason(dsn: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        resolve(dsn)


# --- key=value -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("host=h", ("ann", None, "h", 5432, "ann")),
        ("  host = h\tport =\n6 ", ("ann", None, "h", 6, "ann")),
        ("host=h user='bob smith' password='it''s'", None),
        (r"host=h user='bob smith' password='it\'s \\'", ("bob smith", "it's \\", "h", 5432, "bob smith")),
        (r"host=h password=a\ b\\c\'d", ("ann", "a b\\c'd", "h", 5432, "ann")),
        ("host=h password=it's", ("ann", "it's", "h", 5432, "ann")),
        ("host=h password='' dbname=''", ("ann", None, "h", 5432, "ann")),
        ("dbname=a=b host=h", ("ann", None, "h", 5432, "a=b")),
        ("host=a host=b", ("ann", None, "b", 5432, "ann")),
        ("host='' port=''", ("ann", None, "localhost", 5432, "ann")),
        ("mydb", ("ann", None, "localhost", 5432, "mydb")),
        ("", ("ann", None, "localhost", 5432, "ann")),
    ],
)
def test_a_pair_string_means_what_libpq_reads(
    dsn: str, expected: tuple[str, str | None, str, int, str] | None
) -> None:
    if expected is None:
        with pytest.raises(UsageError, match="misses an = sign"):
            resolve(dsn)
    else:
        assert place(resolve(dsn)) == expected


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("host=h sslmod=require", 'unknown keyword "sslmod"; did you mean "sslmode"?'),
        ("postgresql://h/db?sslmod=require", 'unknown keyword "sslmod"; did you mean "sslmode"?'),
        ("host=h xyzzy=1", 'unknown keyword "xyzzy"$'),
        ("host=h dbname", 'misses an = sign after "dbname"'),
        ("host='h", "does not end"),
        ("host= port=5", "gives host no value"),
        ("host=h port=5,6", "more than one port"),
        ("host=h port=five", "1 to 65535"),
        ("host=h connect_timeout=soon", "connect_timeout"),
        ("host=h hostaddr=example.org", "hostaddr is not an IPv4 or IPv6 address"),
    ],
)
def test_a_malformed_pair_string_is_refused_with_the_reason(dsn: str, says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("?", r"\?")):
        resolve(dsn)


# --- variables, services, password files -----------------------------------------------------------------


def test_variables_are_defaults_for_what_the_dsn_leaves_out() -> None:
    environment = {
        "PGHOST": "eh",
        "PGPORT": "7",
        "PGUSER": "eu",
        "PGPASSWORD": "ep",
        "PGDATABASE": "ed",
        "PGSSLMODE": "require",
        "PGAPPNAME": "nightly",
        "PGCONNECT_TIMEOUT": "3",
        "PGOPTIONS": "-c work_mem=64MB",
    }
    everything = resolve("", environment)
    assert place(everything) == ("eu", "ep", "eh", 7, "ed")
    assert everything.ssl == {"sslmode": "require"}
    assert everything.application_name == "nightly"
    assert everything.connect_timeout == 3
    assert everything.settings == {"work_mem": "64MB"}
    assert place(resolve("host=h dbname=db", environment)) == ("eu", "ep", "h", 7, "db")
    assert place(resolve("mydb", environment)) == ("eu", "ep", "eh", 7, "mydb")


def test_the_dsn_is_read_from_a_variable_once() -> None:
    environment = {"SOURCE": "postgresql://bob:pw@h/db", "EMPTY": "", "AGAIN": "env:SOURCE"}
    assert place(resolve("env:SOURCE", environment)) == ("bob", "pw", "h", 5432, "db")
    with pytest.raises(UsageError, match="MISSING, which is not set"):
        resolve("env:MISSING", environment)
    with pytest.raises(UsageError, match="EMPTY, which is empty"):
        resolve("env:EMPTY", environment)
    with pytest.raises(UsageError, match="AGAIN must hold a DSN"):
        resolve("env:AGAIN", environment)


def test_a_service_stands_between_the_dsn_and_the_variables(tmp_path: Path) -> None:
    write(
        tmp_path / ".pg_service.conf",
        "# services\n[stagingx]\nhost=wrong\n\n"
        "[staging]\nhost=sh\nport=8\n  user=su\nuser=second\n[other]\nhost=o\n",
    )
    environment = {"PGHOST": "eh", "PGUSER": "eu", "PGDATABASE": "ed"}
    expected = ("su", None, "sh", 9, "ed")
    assert place(resolve("service=staging port=9", environment, home=tmp_path)) == expected
    assert place(resolve("postgresql://:9?service=staging", environment, home=tmp_path)) == expected
    chosen = {**environment, "PGSERVICE": "staging", "PGPORT": "10"}
    assert place(resolve("", chosen, home=tmp_path)) == ("su", None, "sh", 8, "ed")


def test_service_files_are_searched_where_libpq_searches(tmp_path: Path) -> None:
    home, system = tmp_path / "home", tmp_path / "etc"
    write(home / ".pg_service.conf", "[mine]\nhost=home\n")
    write(system / "pg_service.conf", "[mine]\nhost=system\n[ours]\nhost=system\n")
    named = write(tmp_path / "named.conf", "[mine]\nhost=named\n")
    environment = {"PGSYSCONFDIR": str(system)}
    assert resolve("service=mine", environment, home=home).host == "home"
    assert resolve("service=ours", environment, home=home).host == "system"
    assert resolve("service=mine", {**environment, "PGSERVICEFILE": str(named)}, home=home).host == "named"
    with pytest.raises(UsageError, match=r'service "none" is not defined \(searched: .*home.*etc'):
        resolve("service=none", environment, home=home)
    with pytest.raises(UsageError, match="does not exist"):
        resolve("service=mine", {"PGSERVICEFILE": str(tmp_path / "missing")}, home=home)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("host", "line 2: a line within a service is written keyword=value"),
        ("service=other", "cannot refer to another"),
        ("hots=h", 'line 2: unknown keyword "hots"; did you mean "host"'),
        ("ldap://ldap.example.org/", "LDAP"),
    ],
)
def test_a_faulty_service_is_refused_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    write(tmp_path / ".pg_service.conf", f"[s]\n{line}\n")
    with pytest.raises(UsageError, match=says):
        resolve("service=s", home=tmp_path)


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://bob@h:1/db", "first"),
        ("postgresql://bob@h/db", "any port"),
        ("postgresql://b%3Ab@h/d%5Cb", "colon:back\\slash"),
        ("postgresql://ann@h2/db", "ends at"),
        ("postgresql://carol@h3/db", "tail\\"),
        ("postgresql://dave@/db", "local"),
        ("postgresql://nobody@h9/db", None),
        ("postgresql://bob:given@h:1/db", "given"),
    ],
)
def test_the_first_matching_line_of_the_password_file_counts(
    tmp_path: Path, dsn: str, expected: str | None
) -> None:
    write(
        tmp_path / ".pgpass",
        "#h:1:db:bob:commented\n"
        "\n"
        "too:few:fields\n"
        "h:1:db:bob:first\n"
        "h:1:db:bob:second\n"
        "h:*:*:bob:any port\r\n"
        "h:*:d\\\\b:b\\:b:colon\\:back\\\\slash\n"
        "h2:*:*:ann:ends at:a colon\n"
        "h3:*:*:carol:tail\\\n"
        "localhost:*:*:dave:local\n",
    )
    parameters = resolve(dsn, home=tmp_path)
    assert parameters.password == expected
    assert parameters.warnings == ()


def test_a_socket_is_known_to_the_password_file_by_directory_and_as_localhost(tmp_path: Path) -> None:
    sockets, elsewhere = tmp_path / "sockets", tmp_path / "elsewhere"
    write(tmp_path / ".pgpass", f"{elsewhere}:*:*:*:own\nlocalhost:*:*:*:default\n")
    by_default = resolve(f"host={sockets}", home=tmp_path, socket_directories=(sockets,))
    assert by_default.password == "default"
    assert resolve(f"host={elsewhere}", home=tmp_path, socket_directories=(sockets,)).password == "own"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_password_file_that_others_can_read_is_ignored_and_that_is_said(tmp_path: Path, mode: int) -> None:
    file = write(tmp_path / ".pgpass", "*:*:*:*:hunter2\n", mode)
    parameters = resolve("host=h", home=tmp_path)
    assert parameters.password is None
    (warning,) = parameters.warnings
    assert f"chmod 600 {file}" in warning
    assert "hunter2" not in warning


def test_the_password_file_may_be_named(tmp_path: Path) -> None:
    write(tmp_path / ".pgpass", "*:*:*:*:home\n")
    one = write(tmp_path / "one", "*:*:*:*:one\n")
    two = write(tmp_path / "two", "*:*:*:*:two\n")
    assert resolve("host=h", {"PGPASSFILE": str(one)}, home=tmp_path).password == "one"
    assert resolve(f"host=h passfile={two}", {"PGPASSFILE": str(one)}, home=tmp_path).password == "two"
    assert resolve("host=h", {"PGPASSFILE": str(tmp_path / "none")}, home=tmp_path).password is None
    (warning,) = resolve("host=h", {"PGPASSFILE": str(tmp_path)}).warnings
    assert "not a plain file" in warning


# --- defaults --------------------------------------------------------------------------------------------


def test_without_a_host_a_local_servers_socket_is_looked_for(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    (first / ".s.PGSQL.5432").touch()  # a plain file is no socket
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(second / ".s.PGSQL.5432"))
        assert resolve("", socket_directories=(first, second)).host == str(second)
        assert resolve("port=5433", socket_directories=(first, second)).host == "localhost"
        assert resolve("host=h", socket_directories=(first, second)).host == "h"


def test_an_address_is_dialled_in_place_of_its_host() -> None:
    only = resolve("hostaddr=::1")
    assert (only.host, only.hostaddr) == ("::1", None)
    both = resolve("host=db.example.org hostaddr=192.0.2.7 sslmode=require")
    assert (both.host, both.hostaddr) == ("db.example.org", "192.0.2.7")
    assert both.libpq_environment()["PGHOSTADDR"] == "192.0.2.7"
    with pytest.raises(UsageError, match="leave hostaddr out"):
        resolve("host=db.example.org hostaddr=192.0.2.7 sslmode=verify-full")


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (
            "-c work_mem=64MB -csearch_path=a,b --Role-X=y",
            {"work_mem": "64MB", "search_path": "a,b", "role_x": "y"},
        ),
        (r"-c a.b=x\ y\\z", {"a.b": "x y\\z"}),
        ("-c a=", {"a": ""}),
        ("-c a=1 -c a=2 -c client_encoding=latin1", {"a": "2"}),
        ("  ", {}),
    ],
)
def test_options_become_settings(options: str, settings: dict[str, str]) -> None:
    assert resolve("host=h", {"PGOPTIONS": options}).settings == settings


@pytest.mark.parametrize(
    "options", ["-B 5", "-c", "-c work_mem", "--=x", "-c replication=on", "endpoint=x", "-c a b=c"]
)
def test_other_options_are_refused(options: str) -> None:
    with pytest.raises(UsageError, match="options"):
        resolve("host=h", {"PGOPTIONS": options})


def test_the_application_is_named_as_libpq_would() -> None:
    assert resolve("host=h").application_name == "pilotage"
    assert resolve("host=h fallback_application_name=f").application_name == "f"
    assert resolve("host=h fallback_application_name=f", {"PGAPPNAME": "e"}).application_name == "e"
    assert resolve("host=h application_name=a", {"PGAPPNAME": "e"}).application_name == "a"
    assert resolve("host=h options='-c application_name=o'").application_name == "o"


def test_connect_timeout_of_zero_waits_for_ever() -> None:
    assert resolve("host=h").connect_timeout is None
    assert resolve("host=h connect_timeout=0").connect_timeout == 0
    assert resolve("host=h connect_timeout=-1").connect_timeout == 0
    assert resolve("host=h connect_timeout=7").connect_timeout == 7


# --- TLS -------------------------------------------------------------------------------------------------


def test_what_is_said_about_tls_is_taken_along() -> None:
    dsn = (
        "postgresql://h/db?sslmode=verify-ca&sslrootcert=/r&sslcert=/c&sslkey=/k&sslcrl=/l"
        "&ssl_min_protocol_version=TLSv1.3&sslnegotiation=direct"
    )
    assert resolve(dsn).ssl == {
        "sslmode": "verify-ca",
        "sslrootcert": "/r",
        "sslcert": "/c",
        "sslkey": "/k",
        "sslcrl": "/l",
        "ssl_min_protocol_version": "TLSv1.3",
        "sslnegotiation": "direct",
    }
    assert resolve("postgresql://h/db?ssl=true").ssl == {"sslmode": "require"}
    assert resolve("host=h requiressl=1").ssl == {"sslmode": "require"}
    assert resolve("host=h", {"PGREQUIRESSL": "1"}).ssl == {"sslmode": "require"}
    assert resolve("host=h sslrootcert=system").ssl == {"sslmode": "verify-full", "sslrootcert": "system"}


def test_a_socket_has_no_tls() -> None:
    assert resolve("host=/run/pg", {"PGSSLMODE": "verify-full"}).ssl == {}


def test_the_files_of_the_home_directory_are_named(tmp_path: Path) -> None:
    root = write(tmp_path / ".postgresql" / "root.crt", "")
    key = write(tmp_path / ".postgresql" / "postgresql.key", "")
    assert resolve("host=h", home=tmp_path).ssl == {"sslrootcert": str(root), "sslkey": str(key)}
    assert resolve("host=h sslrootcert=/r", home=tmp_path).ssl["sslrootcert"] == "/r"
    assert resolve("host=h sslmode=disable", home=tmp_path).ssl == {"sslmode": "disable"}


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("host=h sslmode=verify_full", 'did you mean "verify-full"'),
        ("host=h sslmode=on", "none of disable"),
        ("host=h sslrootcert=system sslmode=require", "needs sslmode=verify-full"),
        ("host=h sslnegotiation=direct", "needs an sslmode"),
        ("host=h ssl_min_protocol_version=1.2", "TLSv1.2"),
    ],
)
def test_faulty_tls_parameters_are_refused(dsn: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        resolve(dsn)


@pytest.mark.parametrize(
    "parameter",
    [
        "channel_binding=require",
        "requirepeer=postgres",
        "require_auth=scram-sha-256",
        "target_session_attrs=read-write",
        "gssencmode=require",
        "replication=database",
        "sslcertmode=require",
        "sslcrldir=/d",
        "min_protocol_version=3.2",
    ],
)
def test_a_demand_that_cannot_be_met_is_refused_and_not_forgotten(parameter: str) -> None:
    with pytest.raises(UsageError, match=f"{parameter}.*would not be safe"):
        resolve(f"host=h {parameter}")
    with pytest.raises(UsageError, match="would not be safe"):
        resolve(f"postgresql://h/db?{parameter}")


def test_a_demand_from_the_environment_is_refused_by_its_variable() -> None:
    with pytest.raises(UsageError, match="PGCHANNELBINDING"):
        resolve("host=h", {"PGCHANNELBINDING": "require"})


@pytest.mark.parametrize(
    "parameter",
    [
        "keepalives=0",
        "keepalives_idle=30",
        "tcp_user_timeout=1000",
        "gssencmode=prefer",
        "channel_binding=prefer",
        "target_session_attrs=any",
        "client_encoding=LATIN1",
        "sslsni=1",
        "sslcompression=0",
        "krbsrvname=postgres",
        "max_protocol_version=latest",
        "load_balance_hosts=disable",
        "requirepeer=",
    ],
)
def test_what_can_be_ignored_without_harm_is_accepted(parameter: str) -> None:
    assert place(resolve(f"postgresql://h/db?{parameter}")) == ("ann", None, "h", 5432, "db")


# --- the password stays out of sight ---------------------------------------------------------------------

SECRET = "hunter2"


def everything_said(error: BaseException) -> str:
    """All that a traceback, a log or a report could show of an error and of those behind it."""
    said, queue, seen = [], [error], set[int]()
    while queue:
        each = queue.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        said += [str(each), repr(each), repr(each.args), repr(vars(each))]
        queue += [other for other in (each.__cause__, each.__context__) if other is not None]
    return "\n".join(said)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://bob:hunter2%@h/db",
        "postgresql://bob:%zzhunter2@h/db",
        "postgresql://bob:hunter2%00@h/db",
        "postgresql://bob:hunter2%ff@h/db",
        "postgresql://bob:x hunter2@h/db",
        "postgresql://bob:x@hunter2@h/db",
        "postgresql://bob:hunter2@x@h/db",
        "postgresql://bob:hunter2/x@h/db",
        "postgresql://bob:x/hunter2@h/db",
        "postgresql://bob:5/hunter2@h/db",
        "postgresql://bob:x/y/hunter2@h/db",
        "postgresql://bob:hunter2@h:port/db",
        "postgresql://bob:hunter2@[h/db",
        "postgresql://bob:hunter2@a,b/db",
        "postgresql://bob:hunter2@h/db?sslmode",
        "postgresql://bob:hunter2@h/db?sslmod=require",
        "postgresql://h/db?password=x&hunter2=1",
        "postgresql://h/db?password=x&hunter2",
        "postgresql://h/db?password=x=hunter2",
        "postgresql://h/db?pasword=hunter2",
        "postgresql://h/db&user=bob&password=hunter2",
        "postgresql://h/db;password=hunter2",
        "postgresql://h/db?sslmode=require;password=hunter2",
        "postgresql://h;password=hunter2",
        "postgresql://h/db?sslpassword=hunter2",
        "postgresql://h/db?oauth_client_secret=hunter2",
        "postgresql//bob:hunter2@h/db",
        "postgresql:bob:hunter2@h/db?sslmode=require",
        "postgre://bob:hunter2@h/db?sslmode=require",
        "jdbc:postgresql://h/db?user=bob&password=hunter2",
        "bob:hunter2@h/db",
        "bob:hunter2@h/db?sslmode=require",
        "host=h password=x hunter2",
        "host=h password=x hunter2 dbname=db",
        "host=h password=x hunter2=1",
        "host=h password=my hunter2=x sslmode=require",
        "host=h password='x'hunter2",
        "host=h password='hunter2",
        "host=h password='it's hunter2'",
        "host= password=hunter2",
        "password=hunter2 host=h hots=x",
        "password=hunter2 port=x",
        "host=h user=bob;password=hunter2",
        "password=hunter2\ud800 host=h",
        "host=h password=hunter2 options='-c x'",
        "host=h options='-c hunter2'",
        "dbname=postgresql://bob:hunter2@h/db",
        "env:postgresql://bob:hunter2@h/db",
    ],
)
def test_no_error_shows_a_password(dsn: str) -> None:
    for environment, text in ((NOWHERE, dsn), ({"DSN": dsn}, "env:DSN")):
        with pytest.raises(UsageError) as caught:
            resolve(text, environment)
        assert SECRET not in everything_said(caught.value)


@pytest.mark.parametrize(
    "dsn", ["postgresql://bob:hunter2@h/db", "host=h password=hunter2", "postgresql://h?password=hunter2"]
)
def test_what_is_printed_of_parameters_shows_no_password(dsn: str) -> None:
    parameters = resolve(dsn)
    assert parameters.password == SECRET
    for shown in (repr(parameters), str(parameters), parameters.describe(), parameters.redacted_uri()):
        assert SECRET not in shown


@given(
    st.text(alphabet="ab:@/?#&=%' \\,[];+", max_size=6),
    st.text(alphabet="ab:@/?#&=%' \\,[];+", max_size=6),
    st.sampled_from(
        [
            "postgresql://bob:{}@host/db",
            "postgresql://bob:{}@host:77/db?sslmode=prefer",
            "postgresql://host/db?password={}&sslmode=prefer",
            "host=host password={} dbname=db",
            "host=host password='{}' dbname=db",
        ]
    ),
)
@example("", "", "postgresql://bob:{}@host/db")
def test_a_password_pasted_without_escapes_is_taken_whole_or_refused_unseen(
    before: str, after: str, template: str
) -> None:
    try:
        parameters = resolve(template.format(before + "zqx" + after))
    except UsageError as error:
        assert "zqx" not in everything_said(error)
    else:
        for shown in (repr(parameters), parameters.describe(), parameters.redacted_uri()):
            assert "zqx" not in shown
        assert "zqx" in (parameters.password or "")


# --- and out again ---------------------------------------------------------------------------------------


def test_programs_are_led_to_the_same_place_by_libpqs_own_variables() -> None:
    parameters = ConnectionParameters(
        host="h",
        port=7,
        user="bob",
        database="a=b c",
        password="p w",
        settings={"work_mem": "64MB", "a.b": "x y\\z\tt"},
        ssl={
            "sslmode": "verify-ca",
            "sslrootcert": "/r",
            "ssl_min_protocol_version": "TLSv1.3",
            "sslnegotiation": "direct",
        },
        connect_timeout=0.5,
    )
    assert parameters.libpq_environment() == {
        "PGHOST": "h",
        "PGPORT": "7",
        "PGUSER": "bob",
        "PGDATABASE": "a=b c",
        "PGPASSWORD": "p w",
        "PGAPPNAME": "pilotage",
        "PGCONNECT_TIMEOUT": "2",
        "PGGSSENCMODE": "disable",
        "PGOPTIONS": "-c a.b=x\\ y\\\\z\\\tt -c work_mem=64MB",
        "PGSSLMODE": "verify-ca",
        "PGSSLROOTCERT": "/r",
        "PGSSLMINPROTOCOLVERSION": "TLSv1.3",
        "PGSSLNEGOTIATION": "direct",
    }


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


@given(
    user=names,
    database=names,
    password=st.none() | names,
    settings=st.dictionaries(st.from_regex(r"[a-z_]+\.[a-z_]+", fullmatch=True), names, max_size=3),
)
def test_what_libpqs_variables_say_resolves_to_the_same_parameters(
    user: str, database: str, password: str | None, settings: dict[str, str]
) -> None:
    parameters = ConnectionParameters(
        host="h", port=7, user=user, database=database, password=password, settings=settings
    )
    assert resolve("", parameters.libpq_environment()) == parameters


@given(
    user=names,
    database=names,
    host=st.sampled_from(["h", "::1", "/run/pg", "/run/a b&c?d#é", "192.0.2.1", "fe80::1%eth0"]),
)
def test_a_redacted_uri_leads_to_the_same_place(user: str, database: str, host: str) -> None:
    ssl = {} if host.startswith("/") else {"sslmode": "verify-full", "sslrootcert": "/a b"}
    parameters = ConnectionParameters(host=host, port=7, user=user, database=database, ssl=ssl, hostaddr=None)
    assert resolve(parameters.redacted_uri()) == parameters


def test_a_redacted_uri_reads_well() -> None:
    def uri(host: str) -> str:
        return ConnectionParameters(
            host=host, port=5432, user="b@b", database="d b", password="x"
        ).redacted_uri()

    assert uri("db.example.org") == "postgresql://b%40b@db.example.org:5432/d%20b"
    assert uri("::1") == "postgresql://b%40b@[::1]:5432/d%20b"
    assert uri("/run/pg") == "postgresql://b%40b@:5432/d%20b?host=/run/pg"


def test_a_description_is_one_printable_line() -> None:
    parameters = ConnectionParameters(host="::1", port=1, user="a\nb", database="c\x1b[31m€")
    assert parameters.describe() == "a\\nb@[::1]:1/c\\x1b[31m€"
