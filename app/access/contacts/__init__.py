"""Changing a registered name or phone: what a row asks, what stands in its way, what it does."""
