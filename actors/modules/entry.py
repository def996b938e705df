"""The one place that imports by a name from the configuration: an entry `package.module:callable`."""

import importlib
from collections.abc import Callable
from typing import Any

from actors.errors import Fatal


def load_entry(entry: str) -> Callable[..., Any]:
    """The callable that this entry names; Fatal with a readable reason, since trying again would not help."""
    place, _, name = entry.partition(":")
    try:
        module = importlib.import_module(place)
    except ModuleNotFoundError as error:
        raise Fatal("unknown-entry", f"{entry}: there is no module {error.name}; is it on PYTHONPATH?") from error
    except Exception as error:
        raise Fatal("broken-entry", f"{entry}: {place} cannot be imported, {type(error).__name__}: {error}") from error
    found = getattr(module, name, None)
    if not callable(found):
        raise Fatal("unknown-entry", f"{entry}: {place} has no callable {name or 'of an empty name'}")
    return found  # type: ignore[no-any-return]  # callable() says no more
