"""Pure protocols of the wires that the house listens to, and what they say in the house's own values."""
