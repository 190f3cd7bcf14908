"""What a database's roles can see and do, found by trying it as each of them, without writing anything.

Consumed by verification, which asks both ends the same and compares; and made for whoever must prove that a
change changes nothing: ask, change, ask again in one transaction that is rolled back.
"""
