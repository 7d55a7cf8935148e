"""People, units, positions and logins: who may act, and from where."""
