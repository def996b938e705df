"""What a webhook is sent, in /v2's documents; an actors.webhooks.webhook.Words. Pure."""

from hashlib import blake2b

import msgspec

from actors.presence import Presence, Subject
from actors.webhooks.webhook import Notice
from web.dialects.native import schemas
from web.dialects.native.documents import asked_out, is_seen
from web.dialects.native.schemas import Told


class Notices:
    """Everybody's view of a user: whoever hides is away."""

    def shown(self, asked: str, subject: Subject, presence: Presence) -> str:
        """See Words.shown."""
        if not is_seen(presence):
            return ""
        return blake2b(msgspec.json.encode(asked_out(asked, subject, presence)), digest_size=16).hexdigest()

    def body(self, notice: Notice) -> bytes:
        """See Words.body."""
        presence: schemas.Presence = asked_out(notice.asked, notice.subject, notice.presence)
        told = Told(
            notice.happened.value, notice.webhook, notice.asked, notice.version, round(notice.at * 1000), presence
        )
        return msgspec.json.encode(told)
