"""Webhooks: other people's servers are told when a user comes, changes or goes (docs/webhooks.md)."""
