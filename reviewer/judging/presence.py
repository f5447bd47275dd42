"""Whether this tree has a name where a file's comments may mean it, and as what they call it."""

from __future__ import annotations

import re
from collections.abc import Callable

from reviewer.judging.included import brings
from reviewer.kernel.folders import is_kernel
from reviewer.kernel.renamed import renamed
from reviewer.program.scope import in_sight, shares_members, within_reach
from reviewer.tree.model import CallSite, Index, NameKind
from reviewer.tree.pasting import pastes
from reviewer.tree.reading import code_file
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Location
from reviewer.world import World

_MEMBERS = (NameKind.FIELD, NameKind.LOCK)
_REMEMBERED = 4096
_FILES_AT_MOST = 40
"""A name that more files have is common, and meant somewhere in reach."""


def spellings(name: str) -> tuple[str, ...]:
    """The forms in which code may have what a comment calls ``name``."""
    bare = name.strip("_")
    first = name[0].lower() + name[1:]
    forms = [name, "_" + name, "__" + name, "___" + name, first]
    forms += [f"{form}_noprof" for form in (name, "__" + name)]
    forms += ["sys_" + name, "__do_sys_" + bare, "try_" + name, "arch_" + name, "raw_" + name]
    if name.startswith("bpf_"):
        forms.append("BPF_FUNC_" + name.removeprefix("bpf_"))
    if name.startswith(("__x64_", "__ia32_", "__arm64_")):
        forms.append(name.split("_", 3)[3])
    return tuple(dict.fromkeys(form for form in forms if form))


def has(name: str, world: World) -> bool:
    """True if code of the program that the file belongs to has the name, or can paste it.

    The kernel's comments speak of the kernel: what only tools/ or samples/ spell is not there. The
    comments of tools/ may speak of either.
    """
    index = world.index
    if index is None:
        return True
    return index.used_in_kernel(name) if is_kernel(world.path) else index.occurs(name)


def is_gone(name: str, world: World, *, member: bool = False) -> bool:
    """True if nothing in code or strings spells the name in any usual form.

    Of what is written as a ``member``, with an arrow, strings and the help of Kconfig are no trace:
    they have words ("full dynticks") and the arrows of old code.
    """
    index = world.index
    if index is None or not index.complete:
        return False
    if member:
        if has(name, world) and _is_in_code(index, name, is_kernel(world.path)):
            return False
    elif index.in_strings(name, kernel_only=is_kernel(world.path)) or has(name, world):
        return False
    if name in renamed():
        return True
    if name.endswith("_"):
        return False  # the common beginning of several
    glued = name.strip("_").find("__")
    if glued > 0 and has(name.lstrip("_")[glued:], world):
        return False  # a space was left out before __foo()
    if name.endswith("ies") and has(name[:-3] + "y", world):
        return False
    if name[0] == "_" != name[1:2] and _is_method(name[1:], index):
        return False  # what every driver calls its own: _open() for open of its operations
    if name[0] == "_" and _is_made_by_macro(name.lstrip("_"), world, index):
        return False  # with underscores before its argument, as DEFINE_IDTENTRY() does
    others = spellings(name)[member:]
    return not any(has(form, world) for form in others) and not pasted_here(name, world)


@traced_cache(maxsize=_REMEMBERED, compared=True)
def _is_in_code(index: Index, name: str, kernel: bool) -> bool:
    """True if code has a name: of the kernel alone, or of any program."""
    return any(
        not path.rpartition("/")[2].startswith(("Kconfig", "Makefile", "Kbuild"))
        and (is_kernel(path) or not kernel)
        for path in index.files(name)
    )


def pasted_here(name: str, world: World) -> bool:
    """True if a macro of the file itself, used there, makes the name."""
    return pastes(world.source.code(), name)


def _is_made_by_macro(name: str, world: World, index: Index) -> bool:
    """True if what defines a name is a macro that has it for an argument."""
    given = _given(name)
    for one in index.definitions(name)[:_FILES_AT_MOST]:
        file = code_file(world.tree, one.path) if one.kind is NameKind.FUNCTION else None
        if file is not None and given.search(file.lines(one.line, one.line)):
            return True
    return False


def _given(name: str) -> re.Pattern[bytes]:
    """The head of what is called with a name as its first argument."""
    return re.compile(rb"\w+\(\s*%b\s*[,)]" % name.encode())


def _is_method(name: str, index: Index) -> bool:
    return any(one.kind is NameKind.FIELD for one in index.each_sense(name))


def is_present(
    name: str,
    world: World,
    index: Index,
    *,
    called: bool,
    others: Callable[[str], bool] = lambda _: False,
) -> bool:
    """True if this tree has the name, in a sense that can be meant, in reach of the file.

    ``called`` is a mention as ``name()``: a label, a parameter or a member of somebody else's
    struct does not make a function. A usual form that is one of the ``others`` does not count.
    """
    if name in world.source.identifiers():
        return True
    if has(name, world) and _is_near(name, world, index, called=called):
        return True
    if index.pasted(name) or index.in_strings(name, kernel_only=is_kernel(world.path)):
        return True
    if pasted_here(name, world):
        return True
    return any(has(form, world) and not others(form) for form in spellings(name)[1:])


def _is_near(name: str, world: World, index: Index, *, called: bool) -> bool:
    """True if a name that code has is one in reach of the file."""
    near = _in_reach(index, name, world.path)
    if near is None or (near and not called):
        return True
    defined = [one for one in index.senses(name) if one.kind is not NameKind.LABEL]
    if any(one.path in near or in_sight(world.path, one) for one in defined):
        return True
    if any(one.path.endswith(".h") and brings(one.path, world) for one in defined):
        return True
    if not called:
        return False
    uses = index.callers(name)
    calls = [use for use in uses if not use.mention]
    if defined:
        return any(use.path in near for use in calls)
    return bool(calls) or any(use.path in near and _is_made_there(use, world) for use in uses)


@traced_cache(maxsize=_REMEMBERED, compared=True)
def _in_reach(index: Index, name: str, path: str) -> tuple[str, ...] | None:
    """The files in reach of one whose code has a name; None of a common one."""
    paths = index.files(name)
    if len(paths) > _FILES_AT_MOST:
        return None
    return tuple(one for one in paths if within_reach(path, one))


def _is_made_there(use: CallSite, world: World) -> bool:
    """True if a macro outside functions is given a name, which it may define.

    ``CLOSURE_CALLBACK(cache_set_free)``, which reads as the head of a function of the macro's name.
    """
    file = code_file(world.tree, use.path)
    if file is None:
        return False
    given = _given(use.callee).search(file.lines(use.line, use.line))
    return given is not None and given[0].startswith(use.caller.encode())


def only_elsewhere(name: str, world: World, index: Index) -> tuple[Location, ...]:
    """Where a function is that the file's comments cannot mean; () if there is none, or another."""
    if is_present(name, world, index, called=True):
        return ()
    where = [one for one in index.definitions(name) if one.kind is not NameKind.LABEL]
    return tuple(
        Location(one.path, one.line, f"the only {name} is here, out of sight") for one in where[:1]
    )


def other_architectures(name: str, world: World, index: Index) -> tuple[Location, ...]:
    """Where a system call is that other architectures have and the file's own has not, or ().

    ``sys_sigreturn()`` in arch/riscv/, which has only the other one: its own code spells neither
    the function nor its number, and what is for all defines none.
    """
    own = "/".join(world.path.split("/", 2)[:2]) + "/"
    if not own.startswith("arch/") or not name.startswith("sys_"):
        return ()
    where = [one for one in index.definitions(name) if one.kind is NameKind.FUNCTION]
    if not where or not all(one.path.startswith("arch/") for one in where):
        return ()
    for one in (name, f"__NR_{name.removeprefix('sys_')}"):
        if any(path.startswith((own, "include/", "kernel/")) for path in index.files(one)):
            return ()
    return (Location(where[0].path, where[0].line, f"only others have {name}, as here"),)


@traced_cache(maxsize=_REMEMBERED, compared=True)
def _is_shared(index: Index, name: str, path: str) -> bool:
    """True of a common name, and of one that code has which a file shares structs with."""
    paths = index.files(name)
    return len(paths) > _FILES_AT_MOST or any(shares_members(path, one) for one in paths)


def member_only_elsewhere(name: str, world: World, index: Index) -> tuple[Location, ...]:
    """Where the only members of a name are, if no code that the file shares structs with has it.

    () if it may be meant.
    """
    if name in world.source.identifiers():
        return ()
    if _is_shared(index, name, world.path):
        return ()
    if index.pasted(name) or pasted_here(name, world):
        return ()
    if any(has(form, world) for form in spellings(name)[1:]):
        return ()
    where = [one for one in index.definitions(name) if one.kind in _MEMBERS]
    return tuple(
        Location(one.path, one.line, f"the only {name} is here, out of sight") for one in where[:1]
    )
