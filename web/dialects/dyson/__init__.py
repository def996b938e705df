"""DysonNetwork's dialect: presence activities with leases, their history, and the socket that tells of changes."""
