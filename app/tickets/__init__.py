"""The request people talk about: draft, submit, follow, take back."""
