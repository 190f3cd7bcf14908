"""SARIF as the standard and GitHub's code scanning want it.

What is required, and which words and properties there are, is from the OASIS standard SARIF 2.1.0; what
GitHub wants more, from its documentation of code scanning.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import Any

from pilotage.lint import RULES
from pilotage.model.lint import Category, Facing, Finding, Fix, Level, Linting
from pilotage.report.lint_sarif import lint_sarif

PROPERTIES = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"invocations", "columnKind", "results"}),
    "driver": ({"name"}, {"semanticVersion", "rules"}),
    "rule": (
        # the standard wants the identity alone, GitHub the texts too
        {"id", "name", "shortDescription", "fullDescription", "help"},
        {"defaultConfiguration", "properties"},
    ),
    "invocation": ({"executionSuccessful"}, {"toolExecutionNotifications"}),
    "notification": ({"message"}, {"level"}),
    "result": (
        {"ruleId", "message", "locations", "partialFingerprints"},
        {"ruleIndex", "level", "properties", "suppressions"},
    ),
    "suppression": ({"kind"}, {"justification"}),
    "physical": ({"artifactLocation", "region"}, set()),
    "region": ({"startLine", "startColumn", "endLine", "endColumn"}, set()),
    "logical": (set(), {"fullyQualifiedName", "kind"}),
}
"""Of each object: what it must have, and what else of what the standard knows it has here."""

LEVELS = {"none", "note", "warning", "error"}

NAMES = (
    "plain",
    'a"b',
    "new\nline",
    "\x1b[31mred",
    "50%",
    "../..",
    "a b/c?d#e:f",
    "\u00fcber \u4e16",
    "[x](http://y)",
)


def finding(name: str, rule: str = "no_primary_key", **other: Any) -> Finding:
    return Finding(
        name=rule,
        title="No Primary Key",
        level=other.pop("level", Level.INFO),
        facing=Facing.EXTERNAL,
        categories=(Category.PERFORMANCE,),
        description="what, and what it costs",
        detail=f"Table {name} has none",
        remediation="Add one.",
        metadata={"schema": "public", "name": name, "type": "table"},
        cache_key=f"{rule}_public_{name}",
        kind="table",
        object=name,
        **other,
    )


def log_of(*findings: Finding, database: str = "shop", not_checked: tuple[str, ...] = ()) -> Any:
    linting = Linting(
        database=database,
        rules=tuple(rule.name for rule in RULES),
        findings=findings,
        not_checked=not_checked,
    )
    return json.loads(lint_sarif(linting, RULES))


def ensure(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    required, other = PROPERTIES[kind]
    assert required <= set(value), (kind, value)
    assert set(value) <= required | other, (kind, value)
    return value


def text_of(message: dict[str, Any]) -> str:
    assert set(message) == {"text"}
    text = message["text"]
    assert isinstance(text, str)
    assert text
    return text


def test_a_log_has_what_the_standard_and_github_require() -> None:
    fix = Fix(
        statements=("ALTER TABLE t ADD PRIMARY KEY (id)",), reverse=("ALTER TABLE t DROP CONSTRAINT p",)
    )
    log = ensure(
        "log",
        log_of(
            finding("a", fix=fix),
            finding("b", waived="as it is"),
            finding("c", "unlogged_table", level=Level.WARN),
            finding("d", "rls_disabled_in_public", level=Level.ERROR),
            not_checked=("table_bloat: tables that the role may not read, 2 of them",),
        ),
    )
    assert log["version"] == "2.1.0"
    (run,) = (ensure("run", run) for run in log["runs"])
    assert set(run["tool"]) == {"driver"}
    rules = [ensure("rule", rule) for rule in ensure("driver", run["tool"]["driver"])["rules"]]
    assert [rule["id"] for rule in rules] == [rule.name for rule in RULES]
    for rule in rules:
        for text in ("shortDescription", "fullDescription", "help"):
            text_of(rule[text])
        assert rule["defaultConfiguration"]["level"] in LEVELS
        # GitHub refuses longer ones, and keeps ten tags
        assert len(rule["id"]) <= 255
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["properties"]["tags"]) <= 10
    (invocation,) = (ensure("invocation", each) for each in run["invocations"])
    (note,) = (ensure("notification", each) for each in invocation["toolExecutionNotifications"])
    assert text_of(note["message"]).startswith("not checked: table_bloat")
    assert note["level"] in LEVELS
    results = [ensure("result", result) for result in run["results"]]
    assert [result["level"] for result in results] == ["note", "note", "warning", "error"]
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        text_of(result["message"])
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    assert [ensure("suppression", each) for each in results[1]["suppressions"]] == [
        {"kind": "external", "justification": "as it is"}
    ]
    assert results[0]["properties"]["fix"]["statements"] == ["ALTER TABLE t ADD PRIMARY KEY (id)"]


def test_every_object_is_a_relative_path_whatever_its_name() -> None:
    log = log_of(*map(finding, NAMES), finding(".."), database="..")
    places = []
    for result in log["runs"][0]["results"]:
        (location,) = result["locations"]
        physical = ensure("physical", location["physicalLocation"])
        assert all(value >= 1 for value in ensure("region", physical["region"]).values())
        uri = physical["artifactLocation"]["uri"]
        # RFC 3986, 3.3: unreserved characters, escaped bytes
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri)
        parts = uri.split("/")
        assert len(parts) == 4
        assert parts[0] == "database"
        assert not {".", "..", ""} & set(parts)
        places.append(urllib.parse.unquote(parts[3]))
        (logical,) = location["logicalLocations"]
        assert ensure("logical", logical)["fullyQualifiedName"] == f"table {places[-1]}"
        assert not re.search(r"[\x00-\x1f]", result["message"]["text"])
    assert places == [*NAMES, ".."]


def test_a_finding_has_the_same_fingerprint_in_every_run_and_each_its_own() -> None:
    prints = [
        [result["partialFingerprints"] for result in log["runs"][0]["results"]]
        for log in (log_of(*map(finding, NAMES)), log_of(*map(finding, reversed(NAMES)), database="other"))
    ]
    assert prints[0] == prints[1][::-1]
    assert len({each["pilotageFinding/v1"] for each in prints[0]}) == len(NAMES)
