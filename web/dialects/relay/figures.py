"""What owner and operators see of a registration: one document for both, without a secret. Pure."""

from typing import Any

from actors.relay.registration import Registration
from actors.relay.roll import Figures


def registration_document(registration: Registration, figures: Figures, now: float) -> dict[str, Any]:
    """Names as in a registration; times in seconds since the epoch, counters as Figures says."""
    return {
        "id": registration.id,
        "instance_url": registration.instance,
        "app_id": registration.app,
        "tag": registration.tag,
        "endpoint": registration.endpoint,
        "expires_at": registration.expires_at,
        "expires_in": max(round(registration.expires_at - now), 0),
        "stream": {
            "state": figures.state.value,
            "reason": figures.reason,
            "since": figures.since,
            "next_try_at": figures.next_try_at,
        },
        "catch_up": {
            "state": figures.catch_up.value,
            "reason": figures.catch_up_reason,
            "caught_up": figures.caught_up,
            "incomplete": figures.incomplete,
        },
        "callbacks": {
            "delivered": figures.delivered,
            "failed": figures.failed,
            "delayed": figures.delayed,
            "last_failure": figures.last_failure,
            "next_try_at": figures.next_callback_at,
        },
    }
