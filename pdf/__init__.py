"""Printed forms: a template and data become PDF bytes; seals are put on and checked here.

Knows nothing of the application, of Flask or of the database.
"""
