"""``pilotage.toml``: what the user asks for, read and checked.

Consumed by planning and the command line. Whether the tables that it names exist is for planning to say; here
only the file itself is judged.
"""
