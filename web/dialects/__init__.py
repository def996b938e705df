"""One folder for each dialect: pure codecs and sessions, and the routes that serve them."""
