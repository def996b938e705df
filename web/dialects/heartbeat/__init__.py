"""The Beep heartbeat's dialect: pings, and the event stream of one user's pings."""
