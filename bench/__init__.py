"""The benchmark: this server, a C floor and two peers under one load; see README.md."""
