"""What a person must repair: incidents of tickets, and deliveries that did not go out."""
