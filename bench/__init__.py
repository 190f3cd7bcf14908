"""Measurements: scripts, and a package for the longest of them."""
