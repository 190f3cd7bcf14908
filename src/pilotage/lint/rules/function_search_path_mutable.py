"""A function does not say in which schemas it looks for names.

Cost: it looks in those of its caller. Who may create objects in one of them can put an operator, function
or table in its way, which a SECURITY DEFINER function then uses with its owner's rights; and a restore,
which has an empty search_path, may find none.

Fine: for functions that qualify every name, which nobody checks when they change, and for those that only
trusted roles may call.

Remedy: ALTER FUNCTION … SET search_path = '' and qualified names in the body, or SET search_path = the
schemas that it needs, with pg_temp last. A function in SQL is no longer inlined then.

Decide: SQL is written where nothing that the function names, calls or sets off is looked up in a
search_path, as far as its text tells. Otherwise which schema each name is meant to be of: qualify it, where
dynamic SQL puts names together there too. For a function in SQL that queries take in, whether it may be
slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from pilotage.lint.reading import Reading
from pilotage.lint.routines import Body, Edge, Named, Parts, Surroundings
from pilotage.lint.rule import Found, rule
from pilotage.lint.search_path import dependent, relations_named, slowed, words_to_look_up
from pilotage.model.lint import Category, Fix, Level


class _Oid(msgspec.Struct, frozen=True):
    """A row of ``run_anywhere.sql``."""

    oid: int


async def _find(reading: Reading) -> Iterable[Found]:
    found = await reading.rule("function_search_path_mutable", Found)
    if not found:
        return ()
    bodies = await reading.shared("function_bodies", Body)
    words, operators = words_to_look_up(bodies)
    named = await reading.shared("names_in_bodies", Named, sorted(words), sorted(operators))
    against = dependent(
        Surroundings(
            bodies=bodies,
            named=named,
            parts=await reading.shared("type_parts", Parts),
            edges=await reading.shared("run_by_relations", Edge, tuple(relations_named(named, bodies))),
            anywhere=tuple(each.oid for each in await reading.shared("run_anywhere", _Oid)),
        )
    )
    by_identity = {each.identity: each for each in bodies}
    return [_mended(each, by_identity.get(each.object), against) for each in found]


def _mended(found: Found, body: Body | None, against: Mapping[int, str]) -> Found:
    """Return what was found with what mends it, or with the reason why no SQL does."""
    if body is None:
        return found
    reason = against.get(body.oid)
    if reason is None and slowed(body):
        reason = "queries take it in, which they do not once it has one"
    if reason is not None:
        return msgspec.structs.replace(found, detail=f"{found.detail}; no SQL is written: {reason}")
    return msgspec.structs.replace(
        found,
        fix=Fix(
            statements=(f"ALTER {body.written} SET search_path = ''",),
            reverse=(f"ALTER {body.written} RESET search_path",),
            together=True,
        ),
    )


RULE = rule(
    __name__,
    __doc__,
    title="Function Search Path Mutable",
    level=Level.WARN,
    categories=(Category.SECURITY,),
    find=_find,
)
