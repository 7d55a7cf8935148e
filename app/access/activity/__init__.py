"""When managed accounts were last used, as the managed system tells it; and which lie idle."""
