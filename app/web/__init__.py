"""HTTP plumbing that knows no room: who is asking, error pages, headers, filters, logs."""
