"""What one outgoing request may cost at most."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """`seconds` for everything together: look-up, connection, TLS, head, body and redirects."""

    seconds: float = 5.0
    body_bytes: int = 64 * 1024
    head_bytes: int = 32 * 1024
    redirects: int = 0
    """How many are followed, each target checked again; with 0 the answer is handed back as it is."""


TEXT = FetchLimits()
IMAGE = FetchLimits(body_bytes=1024 * 1024)
CALLBACK = FetchLimits(seconds=10.0)
