"""A table has row level security and no policy.

Cost: nobody but its owner (and with FORCE not even the owner), superusers and roles with BYPASSRLS sees or
writes a row; an application gets no rows and no error.

Fine: for tables that only a service with BYPASSRLS works on.

Remedy: create the policies that are missing, or revoke the privileges, so that who has no access is told
so.

Decide: who may see and write which rows; no SQL knows that. Where nobody is meant to, revoke the
privileges.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="RLS Enabled No Policy",
    level=Level.INFO,
    categories=(Category.SECURITY,),
)
