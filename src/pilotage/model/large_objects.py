"""Large objects: those of a database in batches, and each with all but its content.

Batches are part of a Catalog; single objects never are, since a database may have millions. Filled by
:mod:`pilotage.catalog.large_objects`, consumed by planning, execution, files and verification.
"""

from __future__ import annotations

import msgspec


class LargeObjects(msgspec.Struct, frozen=True, kw_only=True):
    """Large objects of one range of OIDs, few and small enough to be brought in one transaction.

    Attributes:
        first, last: the lowest and the highest OID among them.
        number: how many they are.
        bytes: of their contents; of those that the role may read.
        unreadable: how many of them the role may not read.
        owners: of any of them, sorted.
        granted: roles that their privileges name besides owners' own, as grantees or grantors, sorted.
    """

    first: int
    last: int
    number: int
    bytes: int
    unreadable: int
    owners: tuple[str, ...]
    granted: tuple[str, ...] = ()


class Privilege(msgspec.Struct, frozen=True, kw_only=True):
    """One privilege as ``aclexplode`` gives it; an empty ``grantee`` is PUBLIC."""

    grantor: str
    grantee: str
    privilege: str
    grantable: bool


class SecurityLabel(msgspec.Struct, frozen=True, kw_only=True):
    """A security label and who gave it a meaning."""

    provider: str
    label: str


class LargeObject(msgspec.Struct, frozen=True, kw_only=True):
    """One large object without its content; never part of a Catalog, which may be of millions of them.

    Attributes:
        bytes: of its content; None where the role may not read it.
        privileges: those in force, in the order in which they were given: its owner's own where nothing was
            granted or revoked.
    """

    oid: int
    owner: str
    bytes: int | None
    privileges: tuple[Privilege, ...]
    comment: str | None
    labels: tuple[SecurityLabel, ...]
