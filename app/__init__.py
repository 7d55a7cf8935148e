"""Banjian: executable office processes. `app.wiring` puts the rooms together."""
