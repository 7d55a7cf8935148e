"""The lint's rules, one module a subject; each takes the root of a model and yields findings."""
