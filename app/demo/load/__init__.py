"""A database as it looks after years: tickets by the hundred thousand, poured in by COPY.

A *story* is played a few times through the services everybody uses, in a transaction that is
thrown away. What the product wrote becomes a *mould*; other people, numbers, days and keys are
cast in it. So a loaded row has what a real one has, and a new process needs a story and no more.
"""

from app.demo.load.service import fill

__all__ = ["fill"]
