"""REST /api/v1: the same services, rights and words as the pages, for programs.

`registrar` joins handlers to addresses, `shapes` are the bodies and answers, `openapi` describes
them. No rule of the office lives here.
"""
