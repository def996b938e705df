"""Transformations: an account's rules of how what it publishes is shown, as they are kept and as they work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.presence import Claim

Shape = Callable[[tuple[Claim, ...]], tuple[Claim, ...]]
"""Claims as their sources made them in, a claim for each as it is to be shown out, in the same order."""


@dataclass(frozen=True, slots=True)
class Transformation:
    """One rule of an account, and the ids of the activities that it is for; `rule` is its dialect's own JSON."""

    uuid: str
    account: str
    rule: Mapping[str, Any]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transformations:
    """All rules of an account in their order, as committed; of two the one with the higher `revision` is newer."""

    account: str
    revision: int
    rules: tuple[Transformation, ...]


@dataclass(frozen=True, slots=True)
class Shaping:
    """The same, ready to be applied; `shape` is None where the account has no rules any more."""

    account: str
    revision: int
    shape: Shape | None
