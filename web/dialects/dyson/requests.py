"""What DysonNetwork's clients ask for: bodies and queries, spelt either way (spec/dyson.md sections 1 to 8). Pure."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.activities import Wanted
from actors.errors import Malformed
from web import json
from web.dialects.dyson.documents import DEFAULT_MINUTES, SHA256, TEXTS
from web.dialects.dyson.spelling import by_name, folded, type_in, type_in_query, whole_number

MOST_TAKEN = 100
_LONGEST = {**dict.fromkeys(("manual_id", *TEXTS), 4096), "provider": 256, "reference_id": 1024}
_NAMES = {folded(name): name for name in (*_LONGEST, "type", "queryable_terms", "meta", "lease_minutes")}
_PARAMETERS = {
    folded(name): name
    for name in (
        *("manual_id", "id", "include_expired", "reference_id", "offset"),
        *("take", "query", "type", "provider", "term"),
    )
}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_GUID = re.compile(r"[0-9a-f]{32}")


class Invalid(Malformed):
    """A member or parameter that will not do: `field` in snake_case, and a sentence for its author."""

    def __init__(self, field: str, sentence: str, code: str = "invalid") -> None:
        super().__init__(code, sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Body:
    """A POST's or PUT's body: what was given and not null, by snake_case names."""

    manual_id: str | None
    content: Mapping[str, Any]
    lease_minutes: int | None

    @property
    def minutes(self) -> int:
        """The lease for a POST, 5 where none is given."""
        return DEFAULT_MINUTES if self.lease_minutes is None else self.lease_minutes


def body_in(data: bytes) -> Body:
    """The body, or Invalid."""
    if not data.strip():
        raise Invalid("", "A non-empty request body is required.")
    try:
        document = json.read(data, strings=4096)
    except Malformed as error:
        raise Invalid("$", f"The JSON value could not be read: {error}.") from None
    if not isinstance(document, dict):
        raise Invalid("$", "The JSON value must be an object.")
    given = {name: value for name, value in by_name(document, _NAMES).items() if value is not None}
    for name, longest in _LONGEST.items():
        _check_text(name, given.get(name, ""), longest)
    content = {name: given[name] for name in given if name not in {"manual_id", "lease_minutes"}}
    return Body(given.get("manual_id"), _normal(content), _minutes(given.get("lease_minutes")))


def whole(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Content as a POST sets it: "an absent member becomes null" (section 6)."""
    absent = dict.fromkeys(("type", "provider", "reference_id", *TEXTS, "meta"))
    return {**absent, "queryable_terms": [], **content}


def _check_text(name: str, value: Any, longest: int) -> None:
    if not isinstance(value, str):
        raise Invalid(name, "The JSON value could not be converted to a string.")
    if len(value) > longest:
        raise Invalid(name, f"At most {longest} characters are allowed.")


def artworks_in(content: Mapping[str, Any]) -> dict[str, str]:
    """Section 6: which images are hashes of uploaded artwork, digest by name of the member; other text is free."""
    named = ((name, content.get(name) or "") for name in ("large_image", "small_image"))
    return {name: digest_in(value, name) for name, value in named if value.lower().startswith(SHA256)}


def digest_in(text: str, field: str = "hash") -> str:
    """The digest of a hash, "prefix optional"; Invalid (`artwork-invalid`)."""
    digest = text.lower().removeprefix(SHA256)
    if not _DIGEST.fullmatch(digest):
        raise Invalid(field, "Invalid artwork hash.", "artwork-invalid")
    return digest


def _normal(content: dict[str, Any]) -> dict[str, Any]:
    """Section 6: "provider trimmed and lower-cased, blank -> null; reference_id trimmed, blank -> null"."""
    if "type" in content:
        content["type"] = type_in(content["type"])
        if content["type"] is None:
            raise Invalid("type", "The JSON value could not be converted to PresenceType.")
    if "meta" in content and not isinstance(content["meta"], dict):
        raise Invalid("meta", "The JSON value must be an object.")
    if "provider" in content:
        content["provider"] = content["provider"].strip().lower() or None
    if "reference_id" in content:
        content["reference_id"] = content["reference_id"].strip() or None
    if "queryable_terms" in content:
        content["queryable_terms"] = _terms(content["queryable_terms"])
    return content


def _terms(value: Any) -> list[str]:
    """Section 6: "blanks dropped, trimmed, lower-cased, de-duplicated in first-seen order"."""
    if not isinstance(value, list) or not all(isinstance(term, str) for term in value):
        raise Invalid("queryable_terms", "The JSON value must be an array of strings.")
    terms = (term.strip().lower() for term in value)
    return list(dict.fromkeys(term for term in terms if term))


def _minutes(value: Any) -> int | None:
    if value is None:
        return None
    minutes = whole_number(value)
    if minutes is None:
        raise Invalid("lease_minutes", "The JSON value could not be converted to a whole number.")
    if not 1 <= minutes <= 60:
        raise Invalid("lease_minutes", "Lease minutes must be between 1 and 60.")
    return minutes


# --- queries ----------------------------------------------------------------------------------------------------------


def parameters(query: Mapping[str, str]) -> dict[str, str]:
    """The query's known parameters by snake_case."""
    return by_name(query, _PARAMETERS)


def wanted_in(query: Mapping[str, str], account: str) -> Wanted | None:
    """Which activities a GET asks for; None: simply the active ones (section 4). "Blank filters are absent"."""
    given = {name: value for name, value in parameters(query).items() if value.strip()}
    offset, take = _number(given, "offset", 0), _number(given, "take", 20)
    if take > MOST_TAKEN:
        sentence = f"The 'take' parameter ({take}) exceeds the maximum allowed value ({MOST_TAKEN})."
        raise Invalid("take", sentence, "too-many-taken")
    include_expired = _switch(given)
    filters = given.keys() & {"query", "type", "provider", "reference_id", "term"}
    if not include_expired and not filters:
        return None
    return Wanted(
        account,
        include_expired,
        query=given.get("query"),
        type=_type(given),
        provider=_trimmed(given, "provider"),
        reference_id=_trimmed(given, "reference_id"),
        term=given.get("term"),
        offset=offset,
        take=take,
    )


def named_in(query: Mapping[str, str]) -> tuple[str | None, str | None]:
    """`(id, manual_id)` of a PUT or DELETE, one of them None: "manualId wins over id" (section 8)."""
    given = parameters(query)
    manual_id = given.get("manual_id", "")
    if manual_id.strip():
        return None, manual_id
    ident = guid_in(given.get("id", ""))
    if ident is None:
        raise Invalid("id", "Either 'id' (GUID) or 'manualId' must be provided.", "id-required")
    return ident, None


def guid_in(text: str) -> str | None:
    """A GUID of the .NET formats N, D, B and P, lower-case and hyphenated; None for what is none."""
    plain = text.strip().strip("{}()").replace("-", "").lower()
    return str(uuid.UUID(plain)) if _GUID.fullmatch(plain) else None


def _trimmed(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name)
    return None if value is None else value.strip()


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", value.strip()):
        raise Invalid(name, f"The value '{value}' is not valid.")
    return int(value)


def _switch(given: Mapping[str, str]) -> bool:
    value = given.get("include_expired", "false").strip().lower()
    if value not in {"true", "false"}:
        raise Invalid("include_expired", f"The value '{value}' is not valid.")
    return value == "true"


def _type(given: Mapping[str, str]) -> int | None:
    value = given.get("type")
    number = None if value is None else type_in_query(value.strip())
    if value is not None and number is None:
        raise Invalid("type", f"The value '{value}' is not valid.")
    return number
