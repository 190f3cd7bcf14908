"""Writing a :class:`Configuration` as a ``pilotage.toml`` that people read and edit.

Consumed by ``pilotage plan --suggest``. What is written reads back as the same configuration; every key is
written out, so that whoever edits the file sees what there is to choose.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pilotage.config.records import (
    DEFAULT_ASSERTION_SECONDS,
    AssertedOn,
    Assertion,
    Configuration,
    Expectations,
    GroupRequest,
)
from pilotage.config.sizes import exact_size
from pilotage.config.toml_text import basic_string, key, visible
from pilotage.model.choices import OrphanChoice
from pilotage.model.identities import Identity
from pilotage.model.roles import RoleChoices
from pilotage.model.waivers import RuleWaiver, Waiver

_WIDTH = 100
"""Characters in a line of comment: two such files fit side by side on a reviewer's screen."""
_ALIGN_UP_TO = 40
"""Comments behind tables are aligned unless a name is longer than this."""
_NONE: Mapping[str, str] = MappingProxyType({})


def configuration_toml(
    configuration: Configuration,
    *,
    heading: str = "",
    group_comments: Mapping[str, str] = _NONE,
    table_comments: Mapping[str, str] = _NONE,
) -> str:
    """Return the configuration as TOML, with comments.

    Args:
        configuration: what to write. Its source is written as it is, so it must not hold a password.
        heading: what the file is, as a comment at its top.
        group_comments: why a group is one, by its name.
        table_comments: why a table is in its group, by :attr:`TablePattern.text`.
    """
    sections = [
        [*_comment(heading)],
        [*_top(configuration)],
        ["[scope]", *_scope(configuration)],
        [
            "[data]",
            f"format = {basic_string(configuration.data_format)}",
            f"split = {basic_string(exact_size(configuration.split_bytes))}",
        ],
        [*_roles(configuration.roles)],
        [*_expectations(configuration.expect)],
        *([*_assertion(assertion)] for assertion in configuration.assertions),
        *([*_identity(identity)] for identity in configuration.identities),
        *(
            [*_comment(group_comments.get(group.name, "")), *_group(group, table_comments)]
            for group in configuration.groups
        ),
        *([*_waiver(waiver)] for waiver in configuration.waivers),
        *([*_rule_waiver(waiver)] for waiver in configuration.rule_waivers),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(visible(text), _WIDTH - 2, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"


def _top(configuration: Configuration) -> Iterator[str]:
    if configuration.source is not None:
        yield f"source = {basic_string(configuration.source)}"
    yield f"layout = {basic_string(configuration.layout)}"
    yield f"unlisted = {basic_string(configuration.unlisted)}"
    if configuration.orphans is not OrphanChoice.STOP:
        yield f"orphans = {basic_string(configuration.orphans)}"


def _scope(configuration: Configuration) -> Iterator[str]:
    for name, schemas in (("schemas", configuration.scope.include), ("exclude", configuration.scope.exclude)):
        yield f"{name} = [{', '.join(map(basic_string, schemas))}]"


def _roles(roles: RoleChoices) -> Iterator[str]:
    if roles == RoleChoices():
        return
    yield "[roles]"
    for name in ("owners", "privileges", "create", "superuser", "database_settings", "tablespaces"):
        yield f"{name} = {'true' if getattr(roles, name) else 'false'}"
    if roles.role:
        yield f"role = {basic_string(roles.role)}"
    if roles.mapping:
        yield from ("", "[roles.map]")
        for each in roles.mapping:
            yield f"{key(each.source)} = {basic_string(each.target)}"


def _expectations(expect: Expectations) -> Iterator[str]:
    if expect == Expectations():
        return
    yield "[expect]"
    for name in ("tables", "foreign_keys", "rows"):
        number: int | None = getattr(expect, name)
        if number is not None:
            yield f"{name} = {number}"
    if expect.rows_of:
        yield from ("", "[expect.rows_of]")
        for table, rows in expect.rows_of.items():
            yield f"{key(table)} = {rows}"


def _assertion(assertion: Assertion) -> Iterator[str]:
    yield "[[assert]]"
    yield f"name = {basic_string(assertion.name)}"
    yield f"sql = {basic_string(assertion.sql)}"
    if assertion.expect is not None:
        yield f"expect = {basic_string(assertion.expect)}"
    if assertion.on is not AssertedOn.BOTH:
        yield f"on = {basic_string(assertion.on)}"
    if assertion.seconds != DEFAULT_ASSERTION_SECONDS:
        yield f"timeout = {assertion.seconds}"


def _identity(identity: Identity) -> Iterator[str]:
    yield "[[identity]]"
    yield f"name = {basic_string(identity.name)}"
    if identity.role is not None:
        yield f"role = {basic_string(identity.role)}"
    yield from ("", "[identity.settings]")
    for name, value in identity.settings.items():
        yield f"{key(name)} = {basic_string(value)}"


def _waiver(waiver: Waiver) -> Iterator[str]:
    yield "[[waive]]"
    yield f"object = {basic_string(waiver.object)}"
    if waiver.fact is not None:
        yield f"fact = {basic_string(waiver.fact)}"
    yield f"reason = {basic_string(waiver.reason)}"


def _rule_waiver(waiver: RuleWaiver) -> Iterator[str]:
    yield "[[waive]]"
    yield f"rule = {basic_string(waiver.rule)}"
    yield f"object = {basic_string(waiver.object)}"
    yield f"reason = {basic_string(waiver.reason)}"


def _group(group: GroupRequest, comments: Mapping[str, str]) -> Iterator[str]:
    yield "[[group]]"
    yield f"name = {basic_string(group.name)}"
    yield f"title = {basic_string(group.title)}"
    if group.purpose:
        yield f"purpose = {basic_string(group.purpose)}"
    for name, number in (("schema_file", group.schema_number), ("data_file", group.data_number)):
        if number is not None:
            yield f"{name} = {number}"
    yield "tables = ["
    elements = [basic_string(pattern.text) + "," for pattern in group.tables]
    width = max((len(element) for element in elements if len(element) <= _ALIGN_UP_TO), default=0)
    for pattern, element in zip(group.tables, elements, strict=True):
        comment = visible(comments.get(pattern.text, "")).strip()
        yield f"  {element:{width}}  # {comment}" if comment else f"  {element}"
    yield "]"
