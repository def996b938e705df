"""How it looks from outside: requests to messages, presences to documents, pages and frames."""
