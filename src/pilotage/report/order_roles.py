"""The roles that a migration needs on the target, and what was chosen about owners and privileges.

Consumed by the migration's document.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.review import FileKind
from pilotage.model.roles import RoleChoices
from pilotage.report.escape import markdown_code, markdown_identifier
from pilotage.report.figures import counted
from pilotage.report.markdown import bullets, heading, paragraph, table
from pilotage.report.migration_facts import MigrationFacts


def roles_section(facts: MigrationFacts) -> list[str]:
    """Return the roles that are needed with the reasons; nothing where none is and nothing was chosen."""
    plan = facts.plan
    chosen = list(_choices(plan.roles))
    if not plan.roles_needed and not chosen:
        return []
    text = heading(2, "Roles")
    if chosen:
        text += bullets(chosen)
    if not plan.roles_needed:
        return [*text, *paragraph("No role need be on the target but the one that runs the migration.")]
    mapped = {each.target: each.source for each in plan.roles.mapping}
    return [
        *text,
        *paragraph(f"{counted(len(plan.roles_needed), 'role')} must be on the target. {_who(facts)}"),
        *table(
            ("Role", "On the source", "Why"),
            (
                (
                    markdown_identifier(need.role),
                    markdown_identifier(mapped.get(need.role, need.role)),
                    ", ".join(need.uses),
                )
                for need in plan.roles_needed
            ),
        ),
    ]


def _who(facts: MigrationFacts) -> str:
    creating = [file.name for file in facts.plan.files if file.kind is FileKind.ROLES]
    if creating:
        return (
            f"{markdown_code(creating[0])} creates those that are missing, as they are on the source but"
            " without passwords: set those yourself, for the roles that log in."
        )
    return "Create those that are missing before the first file runs."


def _choices(roles: RoleChoices) -> Iterable[str]:
    if roles.role:
        yield f"Each file takes on the role {markdown_identifier(roles.role)}."
    if not roles.owners:
        yield "Objects belong to the role that creates them: owners are left out."
    if not roles.privileges:
        yield "Privileges are left out: every object has PostgreSQL's own defaults."
    if not roles.superuser:
        yield "What only a superuser may create and nothing else needs is left out."
