"""The wires: one folder for each, with a codec (pure) and routes."""
