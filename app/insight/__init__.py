"""Figures: somebody's own day, what a unit has in hand, how fast tickets were closed."""
