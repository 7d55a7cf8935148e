"""风险提示: what the nightly re-check finds in accounts, permissions and their books."""
