"""Memory models as loaded: a compiled cat file, its primitives and its variant flags."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from reviewer.errors import LitmusError, MachineError
from reviewer.mmu.cat.compile import CatModel, compile_cat
from reviewer.mmu.litmus.definitions import (
    Definitions,
    load_definitions,
    own_files,
    tags_in,
)
from reviewer.mmu.machine import Machine

_HERE = Path(__file__).parent
MODELS = _HERE / "models"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A memory model ready to run.

    ``fold_rmw`` is true for models of herd's lkmmv2 convention (Linux 6.13 and later), where the
    tags of atomics stay on their events. ``machine`` is the machine it was made for, if any.
    """

    name: str
    cat: CatModel
    definitions: Definitions
    variants: frozenset[str]
    fold_rmw: bool = False
    machine: str | None = None


def machine_model(machine: Machine) -> Model:
    """The memory model of a machine with the machine's flags. Raises as ``load_model``."""
    return _for_machine(machine.name, machine.model, machine.variants)


@lru_cache(maxsize=128)
def _for_machine(name: str, model: str, variants: frozenset[str]) -> Model:
    return replace(load_model(model, variants), machine=name)


def load_model(name: str | Path, variants: tuple[str, ...] | frozenset[str] = ()) -> Model:
    """A model by name (``lkmm``, ``tso`` ...) or the path of a cat file; compiled once.

    Beside a tree's own ``linux-kernel.cat``, its ``.cfg``, ``.bell`` and ``.def`` are used, with
    our definitions for primitives that the ``.def`` lacks. ``variants`` are flags that cat files
    and definitions may ask for. Raises MachineError for an unknown name, LitmusError for bad files.
    """
    return _load(str(name), frozenset(variants))


@lru_cache(maxsize=1)
def model_names() -> tuple[str, ...]:
    """The models that come with the simulator."""
    return tuple(sorted(file.stem for file in MODELS.glob("*.cat")))


@lru_cache(maxsize=128)
def _load(name: str, variants: frozenset[str]) -> Model:
    path = Path(name)
    if "/" not in name and not name.endswith(".cat"):
        path = MODELS / f"{name}.cat"
        if not path.is_file():
            known = ", ".join(model_names())
            raise MachineError(f"no model named '{name}' (known: {known})")
    if not path.is_file():
        raise LitmusError(name, 0, "no such file")
    own = path.parent == MODELS
    bells: tuple[Path, ...] = ()
    files = own_files()
    fold = False
    if not own:
        config = _read_config(path.with_suffix(".cfg"))
        bell = path.parent / config.get("bell", f"{path.stem}.bell")
        if bell.is_file():
            bells = (bell,)
        macros = path.parent / config.get("macros", f"{path.stem}.def")
        if macros.is_file():
            files.insert(1, macros)
        fold = "lkmmv2" in config.get("variant", "")
        variants |= {"lkmmv2"} if fold else frozenset()
    try:
        cat = _compiled(path, variants & (_flags(path.parent) | _flags(MODELS)), bells)
    except RecursionError:
        raise LitmusError(name, 0, "nested too deeply") from None
    definitions = load_definitions(files, variants)
    known_tags = cat.tags | tags_in(definitions) | _STANDARD_TAGS
    for tag, where in cat.used.items():
        if tag not in known_tags:
            raise LitmusError(where, 0, f"no event ever has the tag '{tag}'")
    return Model(path.stem if own else name, cat, definitions, variants, fold)


@lru_cache(maxsize=64)
def _compiled(path: Path, flags: frozenset[str], bells: tuple[Path, ...]) -> CatModel:
    """A model compiled once for all machines that differ only in what its files never ask for."""
    return compile_cat(path, flags, bells)


@lru_cache(maxsize=8)
def _flags(folder: Path) -> frozenset[str]:
    """Every flag that a cat file of the folder asks for."""
    files = (file for file in folder.iterdir() if file.suffix in (".cat", ".bell"))
    texts = (file.read_text(encoding="utf-8", errors="replace") for file in files)
    return frozenset(flag for text in texts for flag in _FLAG.findall(text))


_FLAG = re.compile(r'"([a-z][\w-]*)"')

# Tags that atomics get from the simulator itself (litmus/builtins.py).
_STANDARD_TAGS = frozenset(
    ("once", "acquire", "release", "noreturn", "mb", "amo", "failed", "exclusive")
)


def _read_config(path: Path) -> dict[str, str]:
    """The ``word value`` lines of a herd .cfg; nothing if there is no such file."""
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        match = re.match(r"(\w+)\s+([\w.,-]+)\s*$", line)
        if match and "/" not in match.group(2):
            found.setdefault(match.group(1), match.group(2))
    return found
