"""Values: the small things that a module in the process keeps over restarts; each is committed when it is set."""

import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from actors.messages.keeper import KeepValue, RecallValues
from actors.runtime import Address

MOST_VALUES = 64
LONGEST_NAME = 64
"""Characters."""
LARGEST_VALUE = 4096
"""Characters of a value as JSON, in which what is not ASCII is written as `\\u....`."""


class Values(MutableMapping[str, Any]):
    """One module's JSON values by name; what is read is what JSON makes of what was kept.

    Read from storage once, written through. A value that cannot be kept raises ValueError or TypeError, a store that
    is away Unavailable, and then nothing was changed. For a WaitingActor alone: it asks the Keeper (HOUSE law 1).
    """

    def __init__(self, module: str, keeper: Address) -> None:
        self._module = module
        self._keeper = keeper
        self._read: dict[str, str] | None = None

    def __getitem__(self, name: str) -> Any:
        return json.loads(self._texts[name])

    def __setitem__(self, name: str, value: Any) -> None:
        text = json.dumps(value, allow_nan=False)
        self._check(name, text)
        if self._texts.get(name) != text:
            self._keep(name, text)
            self._texts[name] = text

    def __delitem__(self, name: str) -> None:
        if name not in self._texts:
            raise KeyError(name)
        self._keep(name, None)
        del self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._texts))

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def _texts(self) -> dict[str, str]:
        if self._read is None:
            self._read = dict(self._keeper.ask(RecallValues(self._module)))
        return self._read

    def _keep(self, name: str, text: str | None) -> None:
        self._keeper.ask(KeepValue(self._module, name, text))

    def _check(self, name: str, text: str) -> None:
        if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
            raise ValueError(f"a value's name is text of 1 to {LONGEST_NAME} characters")
        if len(text) > LARGEST_VALUE:
            raise ValueError(
                f"{name} is {len(text)} characters as JSON; a module keeps small values, to {LARGEST_VALUE}"
            )
        if name not in self._texts and len(self._texts) >= MOST_VALUES:
            raise ValueError(f"a module keeps {MOST_VALUES} values at most; {name} would be one more")
