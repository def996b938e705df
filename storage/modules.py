"""The small values that modules in the process keep."""

from pony.orm import select

from storage.documents import read_text, stored_text
from storage.tables import Tables

_UPSERT = """INSERT INTO module_values (module, name, value) VALUES (?, ?, ?)
    ON CONFLICT (module, name) DO UPDATE SET value = excluded.value"""


def values(tables: Tables, module: str) -> dict[str, str]:
    """All values of a module, JSON texts by name."""
    owner = stored_text(module)
    rows = select((each.name, each.value) for each in tables.orm.ModuleValue if each.module == owner)
    return {read_text(name): value for name, value in rows}


def keep(tables: Tables, module: str, name: str, text: str | None) -> None:
    """Keep one value, in place of the last of that name; None takes it away. `text` is ASCII."""
    key = stored_text(module), stored_text(name)
    if text is None:
        tables.execute("DELETE FROM module_values WHERE module = ? AND name = ?", key)
    else:
        tables.execute(_UPSERT, (*key, text))
