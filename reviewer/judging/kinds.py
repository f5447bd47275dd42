"""Whether a name that code has can be what a comment calls it: a function, say, or a label."""

from __future__ import annotations

from reviewer.tree.model import CallSite, Index, NameKind
from reviewer.verdict import Location

_FILES_AT_MOST = 6
_OTHER_CODE = (".S", ".s", ".lds", ".rs", ".dts", ".dtsi", ".pl", ".py", ".sh", ".awk")


def never_called(name: str, index: Index, here: str) -> tuple[Location, ...]:
    """Where code has the name, if it is nowhere a function, a macro or called; else ().

    A ``goto`` label, a local variable or a flag of the same name does not make a function, unless
    it is in the file ``here``, whose comments may well mean it, as what a pointer calls. What
    assembly has, and what stands outside functions (an argument of a macro that may define it),
    may be one.
    """
    if index.in_strings(name) or index.called(name):
        return ()  # a string may be how a probe finds it
    paths = index.files(name)
    if not paths or here in paths or len(paths) > _FILES_AT_MOST:
        return ()
    if any(p.endswith(_OTHER_CODE) for p in paths):
        return ()
    defined = index.definitions(name)
    places = {(one.path, one.line) for one in defined}
    uses = index.callers(name)
    if not uses or not all(_is_mere_name(use, places) for use in uses):
        return ()
    first = uses[0]
    kind = next((one.kind.value for one in defined if one.kind is not NameKind.LOCK), "")
    what = f"a {kind}" if kind else "a label or local variable"
    return (Location(first.path, first.line, f"the only {name} of the tree is {what}"),)


def _is_mere_name(use: CallSite, places: set[tuple[str, int]]) -> bool:
    return use.mention and (use.caller != "" or (use.path, use.line) in places)
