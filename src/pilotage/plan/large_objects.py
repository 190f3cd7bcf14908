"""Large objects in a plan: steps by ranges of OIDs, and the statements that all but their contents become.

pg_dump's archive is not asked for these: before PostgreSQL 17 it has entries for each object, and a database
may have millions. The statements are those that pg_restore would send. Consumed by the building of a plan, by
execution and by files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from pilotage.catalog.large_objects import LAST_OID
from pilotage.errors import RefusedError
from pilotage.model.catalog import Catalog
from pilotage.model.large_objects import LargeObject, LargeObjects, Privilege
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.plan import Cost, LoadLargeObjects
from pilotage.model.roles import RoleChoices, RoleNeed, RoleUse
from pilotage.plan.costs import STEP_OVERHEAD

_WEIGHT_PER_OBJECT = 8 * 1024
"""Weight of creating one and giving it to its owner."""


def large_object_steps(catalog: Catalog) -> Iterator[LoadLargeObjects]:
    """Yield a step for each batch of large objects; together their ranges leave no OID out.

    Raises:
        RefusedError: the role that read the catalog may not read all of them.
    """
    batches = catalog.large_objects
    _refuse_unreadable(batches)
    for number, batch in enumerate(batches):
        yield LoadLargeObjects(
            id=_described(batch),
            group="",
            reason="what large objects hold is in no table, and nothing else waits for it",
            cost=Cost(
                bytes=batch.bytes, weight=batch.bytes + batch.number * _WEIGHT_PER_OBJECT + STEP_OVERHEAD
            ),
            first=batches[number - 1].last + 1 if number else 1,
            last=batch.last if number + 1 < len(batches) else LAST_OID,
            number=batch.number,
        )


def _described(batch: LargeObjects) -> str:
    if batch.first == batch.last:
        return f"large object {batch.first}"
    return f"large objects {batch.first} to {batch.last}"


def _refuse_unreadable(batches: Iterable[LargeObjects]) -> None:
    unreadable = [batch for batch in batches if batch.unreadable]
    if unreadable:
        number = sum(batch.unreadable for batch in unreadable)
        owners = sorted({owner for batch in unreadable for owner in batch.owners})
        raise RefusedError(
            f"no plan was made, because it would not be whole: {number:,} of "
            f"{sum(batch.number for batch in batches):,} large objects may not be read by the role that is "
            f"connected to the source. They are between {unreadable[0].first} and {unreadable[-1].last}, "
            f"where objects belong to {', '.join(map(quote_identifier, owners))}; connect as a superuser, "
            "have SELECT ON LARGE OBJECT granted for each, or name the schemas to take along with --schema, "
            "which leaves all large objects out"
        )


def create_statements(oids: Iterable[int]) -> tuple[str, str]:
    """Return the two statements that create large objects, empty and without what default privileges grant.

    PostgreSQL 18 and later have default privileges for large objects. What those of the target give to
    others than the owner, the source may not have given.
    """
    listed = quote_literal("{" + ",".join(map(str, oids)) + "}")
    return (
        "SELECT pg_catalog.count(pg_catalog.lo_create(oid)) "  # noqa: S608 - numbers
        f"FROM pg_catalog.unnest({listed}::pg_catalog.oid[]) AS wanted (oid);\n",
        _REVOKE_DEFAULTS.replace("{{oids}}", listed),
    )


_REVOKE_DEFAULTS = """\
DO $pilotage$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT metadata.oid, CASE entry.grantee WHEN 0 THEN 'PUBLIC'
            ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(entry.grantee)) END AS grantee
        FROM pg_catalog.pg_largeobject_metadata AS metadata
        CROSS JOIN LATERAL pg_catalog.aclexplode(metadata.lomacl) AS entry
        WHERE metadata.oid = ANY ({{oids}}::pg_catalog.oid[]) AND entry.grantee <> metadata.lomowner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON LARGE OBJECT %s FROM %s', given.oid, given.grantee);
    END LOOP;
END
$pilotage$;
"""


def as_chosen(each: LargeObject, choices: RoleChoices) -> LargeObject:
    """Return a large object as it shall be on the target: roles mapped, owners and privileges as chosen.

    Where owners are not given, ``owner`` is empty and privileges are those of others than the owner, their
    grantors empty too; where privileges are not brought, none are listed, which means "as it is created".
    """
    privileges = each.privileges if choices.privileges else ()
    if not choices.owners:
        privileges = tuple(given for given in privileges if given.grantee != each.owner)
    return msgspec.structs.replace(
        each,
        owner=choices.target_of(each.owner) if choices.owners else "",
        privileges=tuple(
            msgspec.structs.replace(
                given,
                grantor=choices.target_of(given.grantor) if choices.owners else "",
                grantee=choices.target_of(given.grantee) if given.grantee else "",
            )
            for given in privileges
        ),
    )


def with_large_objects(
    needs: Iterable[RoleNeed], catalog: Catalog, choices: RoleChoices
) -> tuple[RoleNeed, ...]:
    """Return the roles needed, and those that large objects need besides, sorted."""
    uses: defaultdict[str, set[RoleUse]] = defaultdict(set)
    for need in needs:
        uses[need.role].update(need.uses)
    for batch in catalog.large_objects:
        for role in batch.owners if choices.owners else ():
            uses[choices.target_of(role)].add(RoleUse.OWNER)
        for role in batch.granted if choices.privileges else ():
            uses[choices.target_of(role)].add(RoleUse.GRANTEE)
    return tuple(
        RoleNeed(role=role, uses=tuple(use for use in RoleUse if use in found))
        for role, found in sorted(uses.items())
    )


def description_statements(each: LargeObject, choices: RoleChoices) -> Iterator[str]:
    """Yield the statements for a large object's owner, privileges, comment and security labels."""
    chosen = as_chosen(each, choices)
    name = f"LARGE OBJECT {each.oid}"
    if chosen.owner:
        yield f"ALTER {name} OWNER TO {quote_identifier(chosen.owner)};\n"
    if choices.privileges and not _is_default(chosen):
        if chosen.owner:
            yield f"REVOKE ALL ON {name} FROM {quote_identifier(chosen.owner)};\n"
        for given in _in_order(chosen):
            yield from _grant(given, name, chosen.owner, choices)
    if each.comment is not None:
        yield f"COMMENT ON {name} IS {quote_literal(each.comment)};\n"
    for label in each.labels:
        provider = quote_identifier(label.provider)
        yield f"SECURITY LABEL FOR {provider} ON {name} IS {quote_literal(label.label)};\n"


def _is_default(each: LargeObject) -> bool:
    return set(each.privileges) == {
        Privilege(grantor=each.owner, grantee=each.owner, privilege=privilege, grantable=False)
        for privilege in ("SELECT", "UPDATE")
    }


def _in_order(each: LargeObject) -> list[Privilege]:
    """Return the owner's grants first: by those, others may grant."""
    return sorted(each.privileges, key=lambda given: given.grantor != each.owner)


def _grant(given: Privilege, name: str, owner: str, choices: RoleChoices) -> Iterator[str]:
    grantee = quote_identifier(given.grantee) if given.grantee else "PUBLIC"
    option = " WITH GRANT OPTION" if given.grantable else ""
    grant = f"GRANT {given.privilege} ON {name} TO {grantee}{option};\n"
    if given.grantor == owner:
        yield grant
        return
    yield f"SET LOCAL ROLE {quote_identifier(given.grantor)};\n"
    yield grant
    yield f"SET LOCAL ROLE {quote_identifier(choices.role)};\n" if choices.role else "RESET ROLE;\n"
