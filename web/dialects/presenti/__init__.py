"""presenti, as of its README (2020-05-09) and v1.1.0; spec/presenti.md holds the facts."""
