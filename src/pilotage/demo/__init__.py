"""The demo: two embedded servers and the hotel's database, made by our own code.

Consumed by the command line and by tests. How a migration is done is not said here.
"""
