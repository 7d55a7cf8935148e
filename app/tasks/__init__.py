"""Visits and tasks: what waits for whom, and what people decide."""
