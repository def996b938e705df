"""discordplace/lantern, its REST and its socket (spec/lantern.md; HEAD dfc2847, v1.4.1)."""
