"""How an account's rules shape its claims, so that every dialect sees the same (spec/presenti.md section 4.11).

What came in as presenti's documents, and what modules say, is shaped. What was published in another dialect is not:
its own document would go on saying to some what the others don't see.
"""

from dataclasses import replace
from functools import partial

import structlog

from actors.errors import Malformed
from actors.presence import Activity, Claim
from actors.transformations import Shaping, Transformation, Transformations
from web.dialects.presenti.documents import DIALECT, activities_in, document_out
from web.dialects.presenti.reading_rules import rule_of
from web.dialects.presenti.rules import Purse, Rule, SpentError

_Rules = dict[str, tuple[Rule, ...] | None]
"""By the id of the activities that they are for, in their order; None where one of them cannot be applied any more."""

log = structlog.get_logger()


def shaping_of(kept: Transformations) -> Shaping:
    """An account's rules, ready to be applied.

    What an earlier version could read and this one cannot hides what it is for.
    """
    rules: _Rules = {}
    for each in kept.rules:
        rule = _read(each)
        for ident in each.ids:
            before = rules.get(ident, ())
            rules[ident] = None if rule is None or before is None else (*before, rule)
    return Shaping(kept.account, kept.revision, partial(_claims, rules) if rules else None)


def _read(kept: Transformation) -> Rule | None:
    try:
        return rule_of(kept.rule)
    except Malformed as fault:
        log.warning("rule cannot be applied", account=kept.account, rule=kept.uuid, reason=str(fault))
        return None


def _claims(rules: _Rules, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    purse = Purse()
    return tuple([_claim(rules, claim, purse) for claim in claims])


def _claim(rules: _Rules, claim: Claim, purse: Purse) -> Claim:
    if not any(activity.id in rules for activity in claim.activities):
        return claim
    shown = (_activity(rules.get(activity.id or "", ()), activity, purse) for activity in claim.activities)
    return replace(claim, activities=tuple([activity for activity in shown if activity is not None]))


def _activity(rules: tuple[Rule, ...] | None, activity: Activity, purse: Purse) -> Activity | None:
    """None where the rules cannot be applied or would cost too much: better not seen than seen as nobody wanted it."""
    native = activity.native
    if rules == () or (native is not None and native.dialect != DIALECT):
        return activity
    if rules is None:
        return None
    said = shown = document_out(activity)
    try:
        for rule in rules:
            shown = rule.on(shown, purse)
    except SpentError:
        return None
    if shown == said:
        return activity
    (after,) = activities_in([shown])
    return after if native is not None else _refilled(activity, after, new_image=shown["image"] != said["image"])


def _refilled(activity: Activity, after: Activity, *, new_image: bool) -> Activity:
    """A module's activity with the texts and the image of another; all that presenti has no word for stays."""
    image, small = (after.image, None) if new_image else (activity.image, activity.small_image)
    return replace(activity, name=after.name, details=after.details, state=after.state, image=image, small_image=small)
