"""Whom messages go to: lists that are judged and frozen, and numbers that get nothing."""
