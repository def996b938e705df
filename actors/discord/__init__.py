"""Discord's gateway as an upstream: the actor that listens, its connection, and what it tells the house."""
