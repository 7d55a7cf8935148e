"""What those who draw, publish and try processes see of them."""
