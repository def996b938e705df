"""Where settings come from: defaults, then config.toml, the originals' own variables, PRESENTLY_ variables, flags.

A variable is called `PRESENTLY_SECTION__KEY`, `PRESENTLY_DIALECTS__LANTERN__WIRE`. Other names without a double
underscore are left alone, unless a setting's is meant: container platforms make such names of a service's own name.
"""

import contextlib
import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from actors.redaction import MASK, names_secret, redacted
from actors.settings import Module, Settings
from actors.settings.kinds import Kind, candidates, path_of
from actors.settings.originals import originals

_PREFIX = "PRESENTLY_"


class SettingsFault(Exception):
    """The settings cannot be used; `faults` has a sentence for each reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Said:
    """One source's word on one key; `written` is how that source spells the key."""

    path: tuple[str, ...]
    value: Any
    origin: str
    written: str

    @property
    def readings(self) -> list[Any]:
        """The value; of text outside the file, whatever it may mean."""
        loose = isinstance(self.value, str) and self.origin != "file"
        return candidates(self.value) if loose else [self.value]


def load(argv_flags: Mapping[str, Any], environ: Mapping[str, str], config_path: Path | None = None) -> Settings:
    """The settings that hold, or SettingsFault with everything that is wrong at once.

    `argv_flags` is by dotted key (`presenti.expires_ms`); a bare key means the section server, None that the flag was
    not given. Without a `config_path`, config.toml is looked for in the data folder, then in the working directory.
    """
    faults: list[str] = []
    flags = list(_of_flags(argv_flags))
    variables = list(_of_variables(environ))
    path = config_path or _usual_path([*variables, *flags])
    faults.extend(_misspelt(environ))
    said = [*_of_file(path, faults), *_of_originals(environ, faults), *variables, *flags]
    settings = assembled(said, faults)
    if faults:
        raise SettingsFault(faults)
    return settings


def assembled(said: Iterable[Said], faults: list[str]) -> Settings:
    """Defaults overlaid with each word in turn; what is wrong is added to `faults`."""
    tree: dict[str, Any] = {}
    for each in said:
        kind = _kind_at(each, faults)
        if kind is not None:
            _put(tree, each, kind, faults)
    for name, options in tree.get("modules", {}).items():
        if "entry" not in options:
            faults.append(f"modules.{name}.entry is missing: it must be given as package.module:callable")
    settings: Settings = _built(Settings, tree)
    faults.extend(settings.contradictions())
    return settings


# --- the sources ----------------------------------------------------------------------------------------------------


def _of_flags(flags: Mapping[str, Any]) -> Iterator[Said]:
    for key, value in flags.items():
        if value is not None:
            path = tuple(key.split(".")) if "." in key else ("server", key)
            yield Said(path, value, "flag", f"--{key.replace('_', '-')}")


def _of_variables(environ: Mapping[str, str]) -> Iterator[Said]:
    for name, value in sorted(environ.items()):
        if name.startswith(_PREFIX) and "__" in name:
            yield Said(tuple(name.removeprefix(_PREFIX).lower().split("__")), value, "variable", name)


def _misspelt(environ: Mapping[str, str]) -> Iterator[str]:
    """Of variables that would be a setting's, were their underscores double."""
    meant = {name.replace("__", "_"): name for name in _spelled(Settings, _PREFIX)}
    for name, value in sorted(environ.items()):
        if name in meant and not (name.endswith("_PORT") and "://" in value):  # of a service called presently-server
            yield f'{name} is no setting; did you mean "{meant[name]}"?'


def _spelled(section: Any, prefix: str) -> Iterator[str]:
    """The variables of a section's settings, its own and those of the sections within."""
    for each in fields(section):
        if "kind" in each.metadata:
            yield f"{prefix}{each.name.upper()}"
    for name, kind in _sections(section).items():
        yield from _spelled(kind, f"{prefix}{name.upper()}__")


def _of_originals(environ: Mapping[str, str], faults: list[str]) -> Iterator[Said]:
    for variable, key, value in originals(environ, faults):
        yield Said(tuple(key.split(".")), value, "variable", variable)


def _usual_path(said: list[Said]) -> Path | None:
    """Whatever bears the name, a file or not: what cannot be read is told, not passed over."""
    data = Settings().server.data
    for each in said:
        if each.path == ("server", "data") and isinstance(each.value, str | Path):
            with contextlib.suppress(ValueError):  # no such home: told where the value is fitted
                data = path_of(each.value)
    return next((path for path in (data / "config.toml", Path("config.toml")) if os.path.lexists(path)), None)


def _of_file(path: Path | None, faults: list[str]) -> Iterator[Said]:
    if path is None:
        return
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))  # some editors begin a file with a mark of their own
    except OSError as error:
        faults.append(f"{path} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.append(f"{path} is not UTF-8 text")
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{path} is not TOML: {error}")
    else:
        for keys, value in _leaves(table, Settings, ()):
            yield Said(keys, value, "file", f"{path}: {'.'.join(keys)}")


def _leaves(table: Mapping[str, Any], section: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = _sections(section)
    for key, value in table.items():
        here = (*place, key)
        if value == {} and place == ("modules",):
            yield (*here, "entry"), ""  # a section that says nothing is still one: it is told what it lacks
        elif isinstance(value, dict) and (key in inner or here == ("modules",) or place == ("modules",)):
            yield from _leaves(value, inner.get(key), here)
        else:
            yield here, value


# --- the shape ------------------------------------------------------------------------------------------------------


@cache
def _sections(section: Any) -> dict[str, Any]:
    """The sections within a section."""
    return {name: kind for name, kind in get_type_hints(section).items() if is_dataclass(kind)} if section else {}


def _kind_at(said: Said, faults: list[str]) -> Kind | None:
    """What may stand where this word points; a place that does not exist is a fault."""
    if said.path[0] == "modules":
        return _module_kind(said, faults)
    section: Any = Settings
    for depth, key in enumerate(said.path):
        inner = _sections(section)
        kinds = {each.name: each.metadata["kind"] for each in fields(section) if "kind" in each.metadata}
        last = depth == len(said.path) - 1
        if last and key in kinds:
            return kinds[key]  # type: ignore[no-any-return]  # metadata is untyped; the fields put only Kinds there
        if last or key not in inner:
            faults.append(_unknown(said, depth, {**inner, **kinds}))
            return None
        section = inner[key]
    return None


def _module_kind(said: Said, faults: list[str]) -> Kind | None:
    if len(said.path) != 3 or not said.path[1]:
        faults.append(f"{said.written}: a module is a section [modules.NAME] with an entry")
        return None
    own = {each.name: each.metadata["kind"] for each in fields(Module) if "kind" in each.metadata}
    return own.get(said.path[2]) or Kind("anything", lambda value: value)


def _unknown(said: Said, depth: int, known: Mapping[str, Any]) -> str:
    key = said.path[depth]
    if key in known:
        return f"{said.written}: {key} is {'no section' if isinstance(known[key], Kind) else 'a section'}"
    names = sorted(known) if depth else sorted([*known, "modules"])
    near = difflib.get_close_matches(key, names, n=1)
    hint = f'did you mean "{near[0]}"?' if near else "known are " + ", ".join(names)
    place = ".".join(said.path[:depth])
    return f'{said.written}: there is no "{key}"{f" in [{place}]" if place else ""}; {hint}'


def _put(tree: dict[str, Any], said: Said, kind: Kind, faults: list[str]) -> None:
    for reading in said.readings:
        try:
            value = kind.fit(reading)
        except ValueError:
            continue
        for key in said.path[:-1]:
            tree = tree.setdefault(key, {})
        tree[said.path[-1]] = value
        return
    secret = kind.secret or names_secret(said.path[-1])
    shown = MASK if secret else redacted(repr(said.value))[:80]
    faults.append(f"{said.written} must be {kind.expected}, not {shown}")


def _built(section: Any, values: Mapping[str, Any]) -> Any:
    inner = _sections(section)
    given = {key: _built(inner[key], value) if key in inner else value for key, value in values.items()}
    if section is Settings and "modules" in given:
        given["modules"] = {name: _module(options) for name, options in given["modules"].items()}
    return section(**given)


def _module(options: Mapping[str, Any]) -> Module:
    return Module(options.get("entry", ""), {key: value for key, value in options.items() if key != "entry"})
