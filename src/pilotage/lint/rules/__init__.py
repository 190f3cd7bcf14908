"""One file for each rule, its query (``.sql``) and its cases (``.toml``) beside it.

A docstring says in a line what is found, then what it costs, when it is fine, and the remedy; the
documentation is made from it. A query gives what ``queries/identified.sql`` asks for, unless the rule's
``_find`` looks at facts that several rules share. ``$1`` are the schemas in scope, ``$2`` those that an HTTP
interface shows, ``$3`` its roles for visitors and users. A case's SQL runs in a schema of its own, for which
``{}`` stands.
"""
