"""Outgoing webhooks: other systems of the office hear what happens to tickets, and fetch more."""
