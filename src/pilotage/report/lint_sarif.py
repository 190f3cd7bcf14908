"""What a linter found, as SARIF 2.1.0, which code scanning services read.

Consumed by the command line. See the OASIS standard, https://docs.oasis-open.org/sarif/sarif/v2.1.0/.
"""

from __future__ import annotations

import hashlib
import urllib.parse
from collections.abc import Sequence

import msgspec

from pilotage import __version__
from pilotage.lint.rule import Rule
from pilotage.model.lint import Finding, Level, Linting
from pilotage.report.escape import terminal_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_REGION = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
"""Of a file that is not there; GitHub's code scanning wants one (its documentation, "SARIF support")."""

_LEVELS = {Level.ERROR: "error", Level.WARN: "warning", Level.INFO: "note"}
"""SARIF's words for levels (3.27.10)."""


def lint_sarif(linting: Linting, rules: Sequence[Rule]) -> bytes:
    """Return the findings as a SARIF log of one run.

    Args:
        linting: what was found.
        rules: those that were asked for.
    """
    names = [rule.name for rule in rules]
    run = {
        "tool": {
            "driver": {
                "name": "pilotage lint",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": f"not checked: {each}"}}
                    for each in linting.not_checked
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, names.index(finding.name), linting.database) for finding in linting.findings
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.name,
        "name": "".join(part.title() for part in rule.name.split("_")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.summary} {rule.cost}"},
        "help": {"text": f"Fine: {rule.fine}\n\nRemedy: {rule.remedy}\n\nDecide: {rule.decide}"},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {"tags": [category.value.lower() for category in rule.categories]},
    }


def _result(finding: Finding, index: int, database: str) -> dict[str, object]:
    """Return a finding; it stands in no file, and services that want one get the object as a path."""
    place = "/".join(map(_path_part, (database, finding.kind, finding.object)))
    result: dict[str, object] = {
        "ruleId": finding.name,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{terminal_text(finding.detail)}. {finding.remediation}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": f"database/{place}"}, "region": _REGION},
                "logicalLocations": [
                    {"fullyQualifiedName": f"{finding.kind} {finding.object}", "kind": finding.kind}
                ],
            }
        ],
        "partialFingerprints": {"pilotageFinding/v1": _fingerprint(finding)},
    }
    if finding.fix is not None:
        result["properties"] = {"fix": msgspec.to_builtins(finding.fix)}
    if finding.waived is not None:
        result["suppressions"] = [{"kind": "external", "justification": finding.waived}]
    return result


def _path_part(name: str) -> str:
    """Return a name as one part of a URI's path, which dots alone would not be."""
    return urllib.parse.quote(name, safe="") if name.strip(".") else name.replace(".", "%2E")


def _fingerprint(finding: Finding) -> str:
    return hashlib.sha256("\0".join(finding.identity).encode()).hexdigest()
