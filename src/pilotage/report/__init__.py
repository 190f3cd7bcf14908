"""Texts and screens for people, made from records; pure, and consumed by the command line.

Nothing is imported here, so that only who shows something pays for loading rich. Whatever decides an order,
a cost or an outcome lives in the rooms below; here it is only shown.
"""
