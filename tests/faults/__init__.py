"""Faults: a served site under load whose processes are killed, and a judge who looks from outside.

`history` is what clients know, `ground` the site, `clerks` the load, `chaos` the kills, `races` the
acts that collide, `judge` the invariants, `broken/` builds that must be caught. `make faults`.
"""
