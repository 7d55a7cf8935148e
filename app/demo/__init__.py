"""The demonstration: invented people and a dozen tickets played through the same services."""
