"""What people are told of: on the page 通知, by mail, in a chat of their unit."""
