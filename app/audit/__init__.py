"""Append-only chains of who did what. Recording lives in `service`, reading in `queries`."""
