"""Printed forms: previews, frozen and sealed originals, and whether a paper is one of ours."""
