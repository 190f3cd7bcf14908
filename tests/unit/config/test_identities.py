"""Identities of a configuration: read, written back, and refused with everything that is wrong."""

from __future__ import annotations

import pytest

from pilotage.config.reader import parse_configuration
from pilotage.config.writer import configuration_toml
from pilotage.errors import UsageError
from pilotage.model.identities import Identity


def test_identities_are_read_and_written_back() -> None:
    text = """
[[identity]]
name = "a guest"
role = "authenticated"
settings = { "app.tenant_id" = 7, "request.jwt.claims" = '{"sub": "1"}' }

[[identity]]
name = "nobody in particular"
[identity.settings]
search_path = "app"
"app.empty" = ""
"""
    configuration = parse_configuration(text, "pilotage.toml")
    assert configuration.identities == (
        Identity(
            name="a guest",
            role="authenticated",
            settings={"app.tenant_id": "7", "request.jwt.claims": '{"sub": "1"}'},
        ),
        Identity(name="nobody in particular", settings={"search_path": "app", "app.empty": ""}),
    )
    written = configuration_toml(configuration, heading="")
    assert parse_configuration(written, "again.toml").identities == configuration.identities


def test_everything_that_is_wrong_with_identities_is_said_at_once() -> None:
    text = """
[[identity]]
settings = { "app.a" = true }

[[identity]]
name = "nothing set"

[[identity]]
name = "one"
role = "public"
settings = { role = "postgres", app.tenant = "1" }

[[identity]]
name = "one"
role = "public"
settings = {}
"""
    with pytest.raises(UsageError) as caught:
        parse_configuration(text, "p.toml")
    said = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in said] == ["2", "3", "5", "6", "10", "11", "11", "14", "15"]
    for part in (
        "the identity has no name",
        'identity.settings."app.a" is true; write a text in quotes, or a whole number',
        "the identity has no settings",
        "what the identity without settings is called",
        'identity.role is "public"',
        "identity.settings.role is not a setting that says who asks",
        'identity.settings.app is a table; a name with a dot is a key in quotes: "app.…"',
        'an identity called "one" is at p.toml:8 already',
    ):
        assert any(part in line for line in said), part
