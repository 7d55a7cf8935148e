"""Cookies that say how this browser shows the pages; read on every page, set in `routes`."""

LARGE, NO_HELP = "large", "no-help"
