"""保密协议: who has one, for how long; and the units that open no account without it (R16)."""
