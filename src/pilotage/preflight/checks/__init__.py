"""The checks, one file each; ``ALL`` is the order in which they are made and their problems are told."""

from pilotage.preflight.check import Check
from pilotage.preflight.checks import (
    creating,
    extensions,
    large_objects,
    occupied,
    outside,
    roles,
    versions,
    writable,
)

ALL: tuple[Check, ...] = (
    versions.CHECK,
    writable.CHECK,
    creating.CHECK,
    roles.CHECK,
    extensions.CHECK,
    outside.CHECK,
    occupied.CHECK,
    large_objects.CHECK,
)
