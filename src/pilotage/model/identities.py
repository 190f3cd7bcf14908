"""Identities: what an application tells PostgreSQL about who is asking, before it asks.

Made by reading a configuration or derived from the data by :mod:`pilotage.security`, consumed by its probes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Settings under which a role is probed.

    Attributes:
        name: what results call it.
        role: the only role that takes it on, by its name at the source; None for every role.
        settings: as ``set_config(name, value, true)`` takes them.
    """

    name: str
    role: str | None = None
    settings: Mapping[str, str] = MappingProxyType({})


NOBODY = Identity(name="nothing set")
"""A request that says nothing of who it is from."""
