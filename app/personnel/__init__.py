"""人员变动: who retires, moves, is away or comes back, and which processes that opens."""
