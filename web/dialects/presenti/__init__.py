"""presenti (README, commit a07ed72): sessions by REST, publishers on /remote, viewers on /presence/{name}."""
