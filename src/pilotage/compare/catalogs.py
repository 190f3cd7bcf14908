"""The server's own catalogs: which of them the facts come from, and which are left out and why.

Consumed by the reader, which reports those of a newer server that stand in neither list.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NEWEST_KNOWN = 18
"""The newest major version whose catalogs these lists, and the queries, know column by column."""

COMPARED = frozenset(
    """
    pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_authid pg_cast
    pg_class pg_collation pg_constraint pg_conversion pg_database pg_db_role_setting pg_default_acl
    pg_description pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server
    pg_foreign_table pg_index pg_inherits pg_init_privs pg_language pg_largeobject_metadata pg_namespace
    pg_opclass pg_operator pg_opfamily pg_parameter_acl pg_partitioned_table pg_policy pg_proc
    pg_publication pg_publication_namespace pg_publication_rel pg_range pg_rewrite pg_seclabel pg_sequence
    pg_shdescription pg_shseclabel pg_statistic_ext pg_subscription pg_tablespace pg_transform pg_trigger
    pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user_mapping
    """.split()
)
"""Catalogs that facts come from, or that name what facts refer to."""

DERIVED = frozenset("pg_depend pg_shdepend pg_statistic pg_statistic_ext_data".split())
"""Catalogs that the server fills from others, or that ANALYZE fills: nothing of the user's own is in them."""

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "pg_largeobject": "contents of large objects; whose they are, and who may read them, is compared",
        "pg_replication_origin": "progress of replication, which belongs to the server",
        "pg_subscription_rel": "how far a subscription has come with each table",
    }
)
"""Catalogs that are not compared, with what is in them."""

NEVER_COMPARED = (
    "rows, and where sequences stand: `pilotage verify` compares both",
    "roles as such: of those that this database names, it is compared whether they are superusers, bypass "
    "row level security, and whose privileges they have; whether they may log in, and all else, is not",
    "members of extensions, which come with their extension; privileges on them that were changed are "
    "compared",
    "the cluster's own: tablespaces, settings of the server",
    "names of constraints and triggers that PostgreSQL makes for the partitions of a foreign key",
)
"""What no fact speaks about, on any server."""
