"""The half of the store that is about what people keep here: activities, key-values, artwork, when they were seen."""

from collections.abc import Mapping, Sequence
from typing import Any

from actors.accounts import Issued
from actors.activities import Page, Posted, Wanted
from actors.artworks import Artwork
from actors.clock import Clock
from actors.errors import Refused
from actors.keyvalues import Change as PairsChange
from actors.keyvalues import Storage
from actors.presence import Kept, Subject
from actors.transformations import Transformation, Transformations
from storage import activities, artworks, commits, dialect_tokens, keyvalues, last_seen, pings, transformations
from storage.commits import Change, Outcome
from storage.database import Database
from storage.sealing import Seal
from storage.tables import Tables


class Possessions:
    """Every method waits in the calling greenlet, is one transaction and may raise Unavailable: nothing was changed."""

    def __init__(self, database: Database, clock: Clock, seal: Seal | None) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal

    # --- activities and pings -----------------------------------------------------------------------------------------

    def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """Do the changes in their order in one transaction; an outcome each, a HouseError where it was refused."""
        return self._database.run(commits.commit, tuple(changes), self._clock.now())

    def live_activities(self) -> tuple[Posted, ...]:
        """Every activity whose lease has not ended."""
        return self._database.run(activities.live, self._clock.now())

    def activities(self, wanted: Wanted) -> Page:
        """An account's activities that are wanted, newest first."""
        return self._database.read(activities.page, wanted, self._clock.now())

    def last_ping(self, user: str) -> tuple[int, str] | None:
        """Seconds since the epoch and the raw status of the user's last ping; None before the first."""
        return self._database.read(pings.last, user)

    # --- key-values and when users were seen --------------------------------------------------------------------------

    def storage(self, account: str) -> Storage:
        """What the account of this id keeps."""
        return self._database.run(keyvalues.storage, account)

    def storage_revisions(self) -> Mapping[str, int]:
        """The revision of every account's key-values, by the account's id."""
        return self._database.run(keyvalues.revisions)

    def change_storage(self, change: PairsChange) -> Storage:
        """Change key-values from beside a server, which follows. Raises Refused as the change says."""
        return self._database.run(commits.change_storage, change, self._clock.now())

    def kept(self) -> Mapping[str, Kept]:
        """What is kept of every user of whom anything is, by id."""
        return self._database.run(_kept)

    def issue_dialect_token(self, subject: Subject, dialect: str) -> Issued:
        """A token for the account's key-values in the form of `lantern` or `lanyard`, in place of the one before."""
        return self._database.run(dialect_tokens.issue, subject, dialect, self._sealing(), self._clock.now())

    def dialect_token(self, subject: Subject) -> str:
        """The account's Lantern token again. Raises Refused with `unknown-token`; Unavailable under another secret."""
        return self._database.run(dialect_tokens.shown, subject, self._sealing())

    def _sealing(self) -> Seal:
        if self._seal is None:
            raise Refused("no-secret", "this store was opened without a secret for tokens that are shown again")
        return self._seal

    # --- artwork ------------------------------------------------------------------------------------------------------

    def add_artwork(self, artwork: Artwork, account: str) -> None:
        """Keep an image, once however often it comes. Raises Refused with `too-many-artworks`."""
        self._database.run(artworks.add, artwork, account, self._clock.now())

    def artwork(self, digest: str) -> Artwork | None:
        """The image with this hash."""
        return self._database.read(artworks.find, digest)

    def refer_to_artworks(self, digests: Sequence[str]) -> frozenset[str]:
        """Which of these hashes are known; they are kept for 30 days from now at least."""
        return self._database.run(artworks.refer, tuple(digests), self._clock.now())

    # --- rules of how it is shown -------------------------------------------------------------------------------------

    def transformations_of(self, account: str) -> Transformations:
        """The rules of the account of this id, in their order."""
        return self._database.run(transformations.of_account, account)

    def all_transformations(self) -> tuple[Transformations, ...]:
        """The rules of every account that has any."""
        return self._database.run(transformations.every)

    def transformation(self, uuid: str) -> Transformation | None:
        """The rule of this UUID, whoever has it."""
        return self._database.run(transformations.find, uuid)

    def add_transformation(self, account: str, rule: Mapping[str, Any], ids: Sequence[str]) -> Transformation:
        """Put a rule behind the others. Raises Refused with `unknown-account` or `too-many-transformations`."""
        return self._database.run(transformations.add, account, rule, tuple(ids))

    def change_transformation(
        self, uuid: str, account: str, rule: Mapping[str, Any] | None = None, ids: Sequence[str] | None = None
    ) -> Transformation | None:
        """The account's rule of this UUID as it is now, changed in what is given; None where there is none."""
        return self._database.run(transformations.change, uuid, account, rule, None if ids is None else tuple(ids))

    def remove_transformation(self, uuid: str, account: str) -> bool:
        """Take a rule of this account away; whether there was one."""
        return self._database.run(transformations.remove, uuid, account)


def _kept(tables: Tables) -> Mapping[str, Kept]:
    seen = dict(last_seen.every(tables))
    kept = {
        each.account: Kept(each.pairs, seen.pop(each.account, None), each.revision) for each in keyvalues.every(tables)
    }
    return kept | {user: Kept(last_seen_at=at) for user, at in seen.items()}
