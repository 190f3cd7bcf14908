"""Visitors may call a function, through an HTTP interface, that runs with its owner's rights.

Cost: the function does what its owner may, and row level security is asked for the owner: what it reads or
writes for its arguments is open to whoever calls it.

Fine: where the function checks who asks and what for, and gives back nothing else; that is what SECURITY
DEFINER is for.

Remedy: revoke EXECUTE from PUBLIC and from anon, make it SECURITY INVOKER, or move it to a schema that the
interface does not show.

Decide: whether visitors are to call it. Revoking EXECUTE takes it from applications that call it now, and
where PUBLIC has it, from every role that has no grant of its own.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Public Can Execute SECURITY DEFINER Function",
    level=Level.WARN,
    categories=(Category.SECURITY,),
)
