"""Whether two servers hash alike: without that, checksums made of their hash functions mean nothing.

Consumed by the check of contents. Hash functions are the same on all versions at hand and on all machines of
one byte order, but PostgreSQL promises neither, and an index does not need it.
"""

from __future__ import annotations

from pilotage.connection import Session

# Every function that images and rows are hashed with, on values that use all of its input.
_PROBE = """
SELECT concat_ws(' ',
    hashint2extended('-257', 5), hashint4extended('-65538', '-7'), hashint4extended(1, 81985529216486895),
    hashoidextended(4294901760, 5),
    uuid_hash_extended('00112233-4455-6677-8899-aabbccddeeff', 5),
    hashfloat8extended('-1.5e300', 5), hashfloat8extended('NaN', 5), hashfloat8extended(atan2('-0', -1), 5),
    hashtextextended('' COLLATE "C", 5), hashtextextended('abcdefghijklmnopqrstuvwxyz' COLLATE "C", 5),
    hash_array_extended(ARRAY['a', NULL, 'bcdefghijklmnop'] COLLATE "C", 5),
    hash_array_extended(ARRAY['\\x00ff10', NULL, '\\x80']::bytea[], 5),
    encode(numeric_send('-10.50'), 'hex'), encode(timestamptz_send('1999-12-31 23:59:59.999999+00'), 'hex'),
    encode(array_send(ARRAY[ARRAY[1, 2], ARRAY[3, NULL]]), 'hex'))
"""


async def hash_alike(source: Session, target: Session) -> bool:
    """Tell whether both servers make the same hashes and binary forms of fixed values.

    Raises:
        ServerError: a server refused.
    """
    # one after another: where one refuses, nothing is left running at the other
    return await source.text(_PROBE) == await target.text(_PROBE)
