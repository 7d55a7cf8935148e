"""Messages to citizens and employers: what they say, who gets them, and the way to the operator."""
