"""Our own dialect, `/v2`: claims with leases, presence with its claims, and streams that can be taken up again."""
