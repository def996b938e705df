"""The Mastodon relay's dialect: who registers whose notifications, and what becomes of them."""
