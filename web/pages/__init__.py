"""The pages for people: a profile that lives. One folder like a dialect's, with a codec (pure) and routes."""
