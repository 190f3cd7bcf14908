"""Frozen records that travel through the pipeline, and nothing else.

Consumed by every room above; no database, no SQL text, no I/O here.
"""
