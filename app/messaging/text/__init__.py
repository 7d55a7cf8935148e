"""What a message says: pure, no database. `templates` is the only maker of a text that is sent."""
