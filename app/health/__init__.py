"""Is it alive, is it ready: for the launcher, the proxy and the operator."""
