"""Whether a build failed for want of shared memory, so that it would do without parallel workers."""

from __future__ import annotations

from pilotage.errors import ServerError

# disk_full, which is what a full /dev/shm is, and out_of_memory. (errcode_for_dynamic_shared_memory() in
# PostgreSQL's src/backend/storage/ipc/dsm_impl.c)
_SHORT = frozenset({"53100", "53200"})


def is_out_of_shared_memory(error: ServerError) -> bool:
    """Tell whether a parallel build failed because the server has too little dynamic shared memory.

    In a container /dev/shm has often 64 MB, and a parallel build of pgvector's hnsw takes all of
    maintenance_work_mem from there at once. Without workers it needs none. A data directory's full disk has
    the same SQLSTATE and other words; where messages are translated, the segment's name tells it.
    """
    return error.sqlstate in _SHORT and (
        "shared memory segment" in str(error) or "/PostgreSQL." in str(error) or "pg_dynshmem" in str(error)
    )
