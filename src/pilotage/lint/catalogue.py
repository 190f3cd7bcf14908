"""Every rule there is, and the choice among them.

Consumed by the command line and the documentation. A new rule is a file in ``rules/`` and its name here.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from pilotage.errors import UsageError
from pilotage.lint.rule import Rule
from pilotage.model.visible import visible_text
from pilotage.model.waivers import RuleWaiver

NAMES = (
    "unindexed_foreign_keys",
    "auth_users_exposed",
    "auth_rls_initplan",
    "no_primary_key",
    "unused_index",
    "multiple_permissive_policies",
    "policy_exists_rls_disabled",
    "rls_enabled_no_policy",
    "duplicate_index",
    "security_definer_view",
    "function_search_path_mutable",
    "auth_allow_anonymous_sign_ins",
    "rls_disabled_in_public",
    "extension_in_public",
    "rls_references_user_metadata",
    "materialized_view_in_api",
    "foreign_table_in_api",
    "unsupported_reg_types",
    "insecure_queue_exposed_in_api",
    "table_bloat",
    "fkey_to_auth_unique",
    "extension_versions_outdated",
    "sensitive_columns_exposed",
    "rls_policy_always_true",
    "public_bucket_allows_listing",
    "pg_graphql_anon_table_exposed",
    "pg_graphql_authenticated_table_exposed",
    "anon_security_definer_function_executable",
    "authenticated_security_definer_function_executable",
    "autovacuum_disabled",
    "invalid_index",
    "rls_policy_null_auth_disjunct",
    "unused_replication_slot",
)
"""The rules that Supabase's linter has too, in its order."""

OUR_NAMES = (
    "sequence_near_end",
    "integer_key_near_end",
    "constraint_not_valid",
    "foreign_key_type_mismatch",
    "no_replica_identity",
    "unlogged_table",
    "vector_column_without_index",
    "ivfflat_without_rows",
    "policy_volatile_function",
    "policy_function_per_row",
    "missing_role",
)
"""Those that it does not have."""

RULES: tuple[Rule, ...] = tuple(
    import_module(f"pilotage.lint.rules.{name}").RULE for name in (*NAMES, *OUR_NAMES)
)


def chosen_rules(only: Sequence[str], without: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules that are asked for.

    Args:
        only: names of rules; all of them where there are none.
        without: names of rules that are left out.

    Raises:
        UsageError: there is no rule of such a name, or none is left.
    """
    names = [each.name for each in RULES]
    for name in (*only, *without):
        if name not in names:
            raise UsageError(_no_rule(name, names))
    rules = tuple(each for each in RULES if (not only or each.name in only) and each.name not in without)
    if not rules:
        raise UsageError("no rule is left: each that --rule names is excluded too; exclude fewer")
    return rules


def ensure_rules_exist(waivers: Sequence[RuleWaiver]) -> None:
    """Refuse waivers that are for no rule: nothing would ever say that they waive nothing.

    Raises:
        UsageError: there is no rule of such a name; the first one is told.
    """
    names = [each.name for each in RULES]
    for waiver in waivers:
        if not waiver.is_for_any(names):
            raise UsageError(f"{waiver.written}: {_no_rule(waiver.rule, names)}")


def _no_rule(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name.lower().replace("-", "_"), names, n=1)
    return f'there is no rule "{visible_text(name)}"; ' + (
        f"did you mean {close[0]}?" if close else f"the rules are {', '.join(names)}"
    )
