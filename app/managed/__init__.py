"""被管系统: what they consist of, what each post may do there, and what is pushed there."""
