"""`make restore-drill`: what a backup is worth, tried."""
