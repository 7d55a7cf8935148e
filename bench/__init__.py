"""Benchmarks: what an act costs, measured on a site of its own. `make bench`, or one leg by name.

A leg is a module with `run(setting) -> list[Figure]`. docs/operators/bench.md says what each figure
means.
"""
