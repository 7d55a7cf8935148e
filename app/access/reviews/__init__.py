"""Reviews that come round: what the system finds before people judge it, row by row."""
