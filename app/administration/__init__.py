"""Administration: people, their logins and positions, units, who may start what, imports."""
