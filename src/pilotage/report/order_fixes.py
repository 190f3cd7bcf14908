"""The fixes that were chosen: what each mends, why it changes nothing else, where it stands, what undoes it.

Consumed by the migration's document. Which fixes there are is decided before planning.
"""

from __future__ import annotations

from pilotage.model.fixes import Effect
from pilotage.model.plan import ApplyFix
from pilotage.model.review import FileKind
from pilotage.model.visible import visible_identifier, visible_name, visible_text
from pilotage.report.escape import markdown_code, markdown_text
from pilotage.report.figures import count, counted
from pilotage.report.markdown import bullets, heading, paragraph
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.sql_blocks import code_block

_LEFT_LISTED = 60


def fixes_section(facts: MigrationFacts) -> list[str]:
    """Return the section; nothing where no fixes were chosen."""
    plan = facts.plan
    if not plan.fixes and not plan.left_fixes:
        return []
    names = [f"sql/{file.name}" for file in plan.files if file.kind is FileKind.FIXES]
    text = heading(2, "Chosen fixes")
    if plan.fixes:
        mended = sum(len(fix.findings) for fix in plan.fixes)
        text += paragraph(
            f"This migration mends {counted(mended, 'finding')} that `pilotage lint` has at the source, in"
            f" {', '.join(map(markdown_code, names))}, after all else is as there. **In these the target is"
            " otherwise than the source, on purpose.** The rollback file of that file takes them back. To"
            " compare both ends afterwards:"
        )
        text += code_block("sh", ['pilotage verify "$SOURCE" "$TARGET" --plan .'])
    for fix in plan.fixes:
        text += _fix(facts, fix)
    if plan.left_fixes:
        text += heading(3, "Not mended")
        text += bullets(
            f"{markdown_code(each.rule)}, {markdown_code(each.object)}: {markdown_text(each.reason)}"
            for each in plan.left_fixes[:_LEFT_LISTED]
        )
        rest = len(plan.left_fixes) - _LEFT_LISTED
        if rest > 0:
            text += paragraph(f"And {count(rest)} more, in `plan.json` under `left_fixes`.")
    return text


def _fix(facts: MigrationFacts, fix: ApplyFix) -> list[str]:
    return [
        *heading(3, f"{', '.join(map(markdown_code, fix.rules))} on {facts.code(fix.name)}"),
        *bullets(
            (
                *(f"Found: {markdown_text(finding.detail)}" for finding in fix.findings),
                f"Afterwards: {'; '.join(_effects(fix.effect))}",
                *((f"Proved at the source: {markdown_text(fix.proof)}",) if fix.proof else ()),
            )
        ),
        *code_block("sql", fix.sql.rstrip().splitlines()),
        *paragraph("Taken back by:"),
        *code_block("sql", fix.drop_sql.rstrip().splitlines()),
    ]


def _effects(effect: Effect) -> list[str]:
    """Return what is new, changed and gone."""
    said = [f"new index {markdown_code(str(each.name))}" for each in effect.created_indexes]
    said += [
        f"no index {markdown_code(str(each.name))}, for {markdown_code(str(each.kept))} does the same"
        for each in effect.dropped_indexes
    ]
    said += [
        f"{'new' if each.new else 'changed'} policy {markdown_code(visible_identifier(each.policy.name))}"
        for each in effect.policies
    ]
    said += [
        f"no policy {markdown_code(visible_identifier(each.policy.name))}" for each in effect.dropped_policies
    ]
    said += [
        f"{each.routine.kind} {markdown_code(visible_text(each.identity))} with "
        f"{markdown_code(visible_text(each.settings))}"
        for each in effect.routines
    ]
    said += [
        f"constraint {markdown_code(visible_identifier(each.name))} valid" for each in effect.constraints
    ]
    said += [
        f"sequence {markdown_code(visible_name(each.name))} of {each.data_type}, to {count(each.maximum)}"
        for each in effect.sequences
    ]
    said += [
        f"replica identity by index {markdown_code(visible_identifier(each.index))}"
        for each in effect.replica_identities
    ]
    return said
