"""Warden: knows who may; looks tokens up, and follows what the command line changes beside a running server."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from actors.accounts import Change, Credential, digest_of
from actors.effects import Hang
from actors.errors import Unavailable
from actors.house import House
from actors.keyvalues import Storage
from actors.messages.connection import Authenticated, Revoked
from actors.messages.directory import Deliver, Learn, Unlearn
from actors.messages.envoys import Disavow
from actors.messages.user import Disown, Keep
from actors.messages.warden import Verify
from actors.presence import Subject
from actors.runtime import WaitingActor, handles

POLL = 0.5
"""Seconds between two looks at the changes, so that commands take effect within one second (HOUSE 7)."""


USES_EVERY = 30.0
"""Seconds between two times that the tokens' last uses are written."""


class Records(Protocol):
    """What the warden reads (storage/); every call may wait, and raises Unavailable when the store is away."""

    def changes(self, since: int) -> tuple[Change, ...]:
        """What has changed after that change, oldest first."""

    def account(self, key: str, /) -> Subject | None:
        """The account of this id."""

    def credential(self, credential_id: str, /) -> Credential | None:
        """The live credential of this id; None when there is none or it is revoked."""

    def storage(self, account: str, /) -> Storage:
        """What the account of this id keeps."""

    def note_uses(self, uses: Mapping[str, float], /) -> None:
        """Keep when tokens, by id, were used last (seconds since the epoch)."""

    def credential_by_digest(self, digest: bytes, /) -> Credential | None:
        """The live credential of this digest; None as above."""


def look_up(house: House, records: Records, token: str) -> Credential | None:
    """What a token means that is not in memory; waits for storage, and may raise Unavailable.

    Its account is learnt before it: a user started under an id that nobody knows would stand beside the one whom
    others watch by name.
    """
    credential = records.credential_by_digest(digest_of(token))
    if credential is None:
        return None
    if credential.account is not None and credential.account not in house.register.subjects:
        subject = records.account(credential.account)
        if subject is not None:
            house.directory.tell(Learn(subject))
        credential = records.credential(credential.id)  # it may have been revoked meanwhile
    if credential is not None:
        house.keyring.learn(credential)
    return credential


def revoke(house: House, credential_id: str) -> None:
    """Take a credential out: it opens nothing from now on, and what is there by its grace goes with it."""
    known = house.keyring.by_id.get(credential_id)
    house.keyring.forget(credential_id)
    house.connections.tell(Revoked(credential_id))
    house.envoys.tell(Disavow(credential_id))
    for user in _spoken_of(house, known) if known is not None else ():
        house.directory.tell(Deliver(user, Disown(credential_id)))


def _spoken_of(house: House, credential: Credential) -> tuple[str, ...]:
    """Of whom something may be said by its grace: its owner, or anybody where it is a first party's."""
    if "first-party" not in credential.scopes:
        owner = None if credential.account is None else house.register.resolve(credential.account)
        return () if owner is None or not (owner in house.register.refs or house.board.claims(owner)) else (owner,)
    said = ((user, claim.credential) for user in house.board.users() for claim in house.board.claims(user))
    return tuple(dict.fromkeys(user for user, by in said if by == credential.id))


class _Poll:
    """To oneself: look at the changes."""


class Warden(WaitingActor):
    """Keeps the Keyring and, through the Directory, the Register in step with storage."""

    def __init__(self, house: House, records: Records, change: int) -> None:
        super().__init__()
        self.house = house
        self.records = records
        self.change = change
        """The newest change that the house knows."""
        self.uses_written_at = house.clock.monotonic()

    def on_start(self) -> None:
        """Begin to follow."""
        self.house.clock.after(POLL, self.remind, _Poll())

    @handles(Verify)
    def verify(self, message: Verify) -> None:
        """See messages.Verify; a token that is not in memory is looked up in storage."""
        credential = self.house.keyring.find(message.token)
        if credential is None:
            try:
                credential = look_up(self.house, self.records, message.token)
            except Unavailable:  # not the token's fault: RFC 6455's registry has 1013 for "try again later"
                self._answer(message, Hang(1013, "try again later"))
                return
        if credential is not None:
            self.house.keyring.used[credential.id] = self.house.clock.now()
        self._answer(message, Authenticated(credential))

    def _answer(self, message: Verify, answer: Authenticated | Hang) -> None:
        if message.reply_to.is_alive():
            message.reply_to.tell(answer)

    @handles(_Poll)
    def poll(self, _: _Poll) -> None:
        """End what is over and learn what has changed; a store that is away is asked again at the next poll."""
        self.house.clock.after(POLL, self.remind, _Poll())
        for credential_id, _deadline in self.house.keyring.ends.due(self.house.clock.now()):
            revoke(self.house, credential_id)
        try:
            for change in self.records.changes(self.change):
                self._apply(change)
                self.change = change.number
            if self.house.clock.monotonic() - self.uses_written_at >= USES_EVERY:
                self._write_uses()
        except Unavailable:
            return

    def on_stop(self) -> None:
        """Keep what has been noted since; a use that a store does not take is worth no delay."""
        with suppress(Unavailable):
            self._write_uses()

    def _write_uses(self) -> None:
        """Write the last uses behind; Unavailable leaves them for the next time."""
        uses = dict(self.house.keyring.used)
        if uses:
            self.records.note_uses(uses)
        self.uses_written_at = self.house.clock.monotonic()
        for credential, used_at in uses.items():
            if self.house.keyring.used.get(credential) == used_at:
                del self.house.keyring.used[credential]

    def _apply(self, change: Change) -> None:
        if change.kind == "account":
            subject = self.records.account(change.id)
            self.house.directory.tell(Unlearn(change.id) if subject is None else Learn(subject))
            return
        if change.kind == "storage":
            self.house.directory.tell(Deliver(change.id, Keep(self.records.storage(change.id))))
            return
        credential = self.records.credential(change.id)
        if credential is None:
            revoke(self.house, change.id)
        else:
            self.house.keyring.learn(credential)
