"""Roles in pg_dump's SQL and around it: where they are named, mapped, needed, created; the database's own.

Pure: text and records in, text and records out. Consumed by planning, execution and files. Which roles a
server has is not asked here.
"""
