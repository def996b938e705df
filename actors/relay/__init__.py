"""The Mastodon relay: who registered, what is listened to for them, and what their callbacks are told."""
