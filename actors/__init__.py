"""What happens: actors, values and rules. Knows no HTTP, no SQL and no frame format."""
