"""What trying a fix of policies has told, and whether that proves anything.

Consumed by :mod:`pilotage.lint.proof`, which asks. That all answers are the same is not enough: nobody may
have been asked, or every question may have ended in an error.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from pilotage.lint.plans import function_named
from pilotage.model.identities import Identity
from pilotage.model.lint import Fix, PolicyChange, Proof
from pilotage.model.names import QualifiedName, quote_identifiers
from pilotage.security.asking import CANCELED, NOT_ASKED, PERMISSION_DENIED, READ_ONLY, Answer
from pilotage.security.identities import never_told
from pilotage.security.probing import Probes, Question
from pilotage.security.reading import Surface
from pilotage.security.records import AppliedPolicy, Reach, RoleToProbe
from pilotage.security.rule import Action


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A fix, and what is to be proved of it.

    Attributes:
        fix: its statements can run inside a transaction.
        table: whose policies it changes.
        calls: as SQL, depending on no row: the policies must not make them for every row any more.
        same_by_form: whether the change is known to mean the same already; of others, a table without rows
            proves nothing.
    """

    fix: Fix
    table: QualifiedName
    calls: tuple[str, ...] = ()
    same_by_form: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked before anything was changed, and the answers.

    Attributes:
        roles: that were asked.
        unasked: to which our session may not ``SET ROLE``.
    """

    schemas: tuple[str, ...]
    roles: tuple[RoleToProbe, ...]
    unasked: tuple[RoleToProbe, ...]
    surface: Surface
    probes: Probes
    answers: Mapping[Question, Answer]

    @property
    def names(self) -> list[str]:
        """All roles, those that could not be asked too."""
        return [role.name for role in (*self.roles, *self.unasked)]


def unaskable(trial: Trial, asked: Asked) -> Proof | None:
    """Return why nothing can be proved about a table, before anything is changed."""
    relation = asked.surface.relations.get(trial.table)
    if relation is None:
        return not_proved(f"table {trial.table} is not there any more")
    if not relation.guarded:
        return not_proved("row level security is not enabled on its table, and the policy decides on nothing")
    for name, chosen in (("see", asked.probes.extents), ("write", asked.probes.candidates)):
        if trial.table not in chosen:
            reasons = [each for each in asked.probes.not_probed if each.startswith(f"{relation}: ")]
            return not_proved(reasons[0] if reasons else f"what roles {name} in its table could not be asked")
    if not trial.same_by_form and _is_empty(trial, asked) and not asked.probes.made_up.get(trial.table):
        return not_proved("its table has no rows that it could be tried on, and none could be made up")
    return None


def difference(before: Mapping[Question, Answer], after: Mapping[Question, Answer]) -> str | None:
    """Return the first question that is answered in another way than before."""
    for question in dict.fromkeys((*before, *after)):
        one, other = before.get(question), after.get(question)
        if one is None or other is None or (one.text, one.sqlstate) != (other.text, other.sqlstate):
            if question.made_up and any(each is not None and _is_of_data(each) for each in (one, other)):
                continue
            return (
                f"role {question.role}, {question.identity}: what it "
                f"{_WORDS[question.action]} {question.relation} is not the same afterwards"
                + (", tried on made-up rows" if question.made_up else "")
            )
    return None


def _is_of_data(answer: Answer) -> bool:
    """Whether it is an error because of what is in a row, which one that was made up need not have."""
    return answer.sqlstate.startswith(_DATA_EXCEPTION)


def judged(trial: Trial, asked: Asked, surface: Surface, change: PolicyChange) -> Proof:
    """Say of a fix after which every answer is the same whether these answers mean anything."""
    relation = surface.relations[trial.table]
    changed = changed_policies(trial, asked, surface)
    held = {
        role.name
        for role in asked.roles
        if relation.reach[role.name].restricted and any(role.name in each.applies_to for each in changed)
    }
    about = {
        question: answer
        for question, answer in asked.answers.items()
        if question.relation == trial.table and question.role in held
    }
    reason = _against(trial, asked, surface, changed, about)
    if reason is not None:
        return not_proved(reason)
    identities = len({question.identity for question in about})
    extent = asked.probes.extents[trial.table]
    return Proof(
        proved=True,
        change=change,
        reason=(
            f"tried and rolled back: {_counted(len(about), 'answer')} about what "
            f"{_counted(len({question.role for question in about}), 'role')} under "
            f"{_counted(identities, 'identity', 'identities')} see and may write in the table are the same"
            + ("; of its rows, those with the lowest keys were looked at" if extent.condition else "")
            + _of_made_up(trial, asked)
            + ("; the plan makes the calls once" if _are_left(trial.calls, changed) else "")
        ),
    )


def _against(
    trial: Trial,
    asked: Asked,
    surface: Surface,
    changed: Sequence[AppliedPolicy],
    about: Mapping[Question, Answer],
) -> str | None:
    """Return why answers that are all the same prove nothing."""
    if not about:
        return "no role to which the policy applies could be asked"
    if not trial.same_by_form and (reason := _against_form(trial, asked, surface, changed, about)):
        return reason
    for question, answer in about.items():
        if answer.sqlstate in {CANCELED, NOT_ASKED, READ_ONLY} or (
            question.action not in {Action.SEE, None}
            and answer.sqlstate.startswith("42")
            and answer.sqlstate != PERMISSION_DENIED
        ):
            return f"role {question.role}, {question.identity}: it could not be asked: {answer.message}"
    return None


def _against_form(
    trial: Trial,
    asked: Asked,
    surface: Surface,
    changed: Sequence[AppliedPolicy],
    about: Mapping[Question, Answer],
) -> str | None:
    """Return why they prove nothing of a change that might mean something else."""
    relation = surface.relations[trial.table]
    silent = [
        role.name
        for role in asked.unasked
        if _may_anything(relation.reach[role.name])
        and relation.reach[role.name].restricted
        and any(role.name in each.applies_to for each in changed)
    ]
    if silent:
        return (
            f"the policies apply to {quote_identifiers(silent)} too, which could not be asked: run it as "
            "a role that may SET ROLE to them"
        )
    if all(answer.sqlstate for answer in about.values()):
        # a missing privilege is told of tables, and says nothing of their policies
        first = min(about.values(), key=lambda answer: answer.sqlstate == PERMISSION_DENIED)
        return f"every question about its table ended in an error, the first in: {first.message}"
    untold = _untold(about) if _is_empty(trial, asked) else None
    if untold is not None:
        return untold
    settings = never_told(_replaced(trial, asked, surface), asked.surface, _asking(asked, about))
    if settings:
        return (
            f"its policies ask who it is that asks ({', '.join(settings)}), and no identity under which they "
            "were tried says so; name one under [[identity]] in pilotage.toml"
        )
    if not any(_lets_through(question, answer) for question, answer in about.items()):
        return (
            "its policies let no row through for anybody who was asked; name identities in pilotage.toml for "
            "whom they do"
        )
    return None


def _asking(asked: Asked, about: Iterable[Question]) -> list[Identity]:
    """Return the identities under which roles have asked some questions."""
    who = {(question.identity, role) for question in about for role in (question.role, None)}
    return [each for each in asked.probes.identities if (each.name, each.role) in who]


def _are_left(calls: Sequence[str], changed: Sequence[AppliedPolicy]) -> bool:
    """Whether any call is still made: what is merged with a policy that lets everything through, is not."""
    texts = [text for policy in changed for text in policy.expressions]
    return any(function_named(call) in text for call in calls for text in texts)


def _lets_through(question: Question, answer: Answer) -> bool:
    """Whether an answer is about a row that somebody sees or may write."""
    if answer.text is None or question.action is None:
        return False
    if question.action is Action.SEE and not question.made_up:
        return not answer.text.startswith("0 ")
    return "1" in answer.text


def _untold(about: Mapping[Question, Answer]) -> str | None:
    """Return why nothing is told by the answers about a table without rows, of rows that were made up."""
    made_up = {question: answer for question, answer in about.items() if question.made_up}
    for question, answer in made_up.items():
        if answer.sqlstate:
            return (
                f"its table has no rows, and made-up ones tell nothing: role {question.role}, "
                f"{question.identity}: {answer.message}"
            )
    if not any("1" in (answer.text or "") for answer in made_up.values()):
        return "its table has no rows, and of made-up ones, its policies let none through for anybody"
    return None


def _of_made_up(trial: Trial, asked: Asked) -> str:
    rows = _counted(len(asked.probes.made_up.get(trial.table, ())), "made-up row")
    if _is_empty(trial, asked):
        return f"; the table has no rows: tried on {rows}"
    return f"; tried on {rows} too" if asked.probes.made_up.get(trial.table) else ""


def _may_anything(reach: Reach) -> bool:
    return reach.reads is not None or reach.inserts or reach.updates or reach.deletes


def _is_empty(trial: Trial, asked: Asked) -> bool:
    # one candidate is of nothing but NULL, where no domain forbids that
    ours = not any(column.domain for column in asked.surface.relations[trial.table].columns)
    return len(asked.probes.candidates[trial.table]) <= ours


def _replaced(trial: Trial, asked: Asked, surface: Surface) -> list[AppliedPolicy]:
    """Return the policies of a fix's table that are no more, or not what they were."""
    after = surface.policies.get(trial.table, ())
    return [each for each in asked.surface.policies.get(trial.table, ()) if each not in after]


def changed_policies(trial: Trial, asked: Asked, surface: Surface) -> list[AppliedPolicy]:
    """Return the policies of a fix's table that are new, or not what they were."""
    before = asked.surface.policies.get(trial.table, ())
    return [each for each in surface.policies.get(trial.table, ()) if each not in before]


# -- words --------------------------------------------------------------------------------------------------

_WORDS = {
    None: "may read of",
    Action.SEE: "sees of",
    Action.INSERT: "may insert into",
    Action.UPDATE: "may update in",
    Action.REPLACE: "may write by updates of",
    Action.DELETE: "may delete from",
}

_DATA_EXCEPTION = "22"


def not_proved(reason: str) -> Proof:
    """Return that nothing is proved, and why."""
    return Proof(proved=False, reason=reason)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
