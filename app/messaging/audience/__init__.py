"""Whom a message goes to: pure, no database. A list is read, judged row by row, and frozen."""
