"""What every room stands on: database, clock, errors, actor, events, outbox, crypto, paging."""
