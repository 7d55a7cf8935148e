"""督办: what is near and over, and what leaders ask of those who have it."""
