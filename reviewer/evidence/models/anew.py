"""Whether a patch has callers order more than before: a barrier that is gone may be there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from reviewer.evidence.models.calls import ORDERING
from reviewer.evidence.models.definitions import definitions
from reviewer.evidence.models.quiet import orders_nothing
from reviewer.kernel import primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Tree
from reviewer.tree.overlay import Overlay
from reviewer.tree.traced import TracedTree
from reviewer.world import World

_CALLERS = 200
"""Files with callers that are compared with what they were."""
_UP = 3
"""Callers of callers that are looked at."""


def callers_order_anew(world: World, source: SourceFile, function: Function) -> bool:
    """True if a caller, or one of its callers, may order more often than before the patch.

    The barrier may be there. Of too many callers to look at only those in files that the patch
    changes are; of callers of callers as many are looked at as may be.
    """
    names = seen = {function.name: None}
    left = _CALLERS
    for up in range(_UP):
        sites = [(name, site) for name in names for site in world.callers(name)]
        near = [(function.name, source.path)] if up == 0 else []
        places = dict.fromkeys([*near, *((name, site.path) for name, site in sites)])
        if up == 0 and len(places) > _CALLERS:
            changed = changed_files(world)
            there = [one for one in places if changed is None or one[1] in changed]
            return len(there) > _CALLERS or any(
                _orders_anew(world, path, name) for name, path in there
            )
        if any(_orders_anew(world, path, name) for name, path in list(places)[:left]):
            return True
        left = max(0, left - len(places))
        names = {site.caller: None for _, site in sites if site.caller not in {"", *seen}}
        seen = seen | names
    return False


MOVED = "the patch changes callers, or has the code call what the model does not know"


def may_have_moved(world: World, function: Function, known: Collection[str]) -> bool:
    """True if what a patch takes out of a function may be in callers now, or in what it calls.

    ``known`` are names of which a model has what they do.
    """
    return calls_anew(world, function, known) or callers_changed(world, function)


def calls_anew(world: World, function: Function, known: Collection[str]) -> bool:
    """True if a function, or what it calls in files of the patch, calls more, or has more ways."""
    was = world.before
    if was is None:
        return True
    paths = sorted(changed_files(world) or {world.path})  # of whole commits, the file under review
    files = [(world.file(path), was.library.source(path)) for path in paths]
    waiting, seen = [function.name], {function.name}
    while waiting:
        name = waiting.pop()
        for now, then in files:
            for one in now.functions_named(name) if now is not None else ():
                words = _called(now, one) if now is not None else Counter()
                former: Counter[str] = Counter()
                ways: Counter[str] = Counter()
                for other in then.functions_named(name) if then is not None else ():
                    former += _called(then, other)  # type: ignore[arg-type]
                    ways += _branches(then, other)  # type: ignore[arg-type]
                if any(word not in known and word not in _KEYWORDS for word in words - former):
                    return True
                if now is not None and _branches(now, one) - ways:
                    return True
                waiting += [word for word in words if word not in seen]
                seen.update(words)
    return False


def callers_changed(world: World, function: Function) -> bool:
    """True if the patch changes what calls a function, or calls that."""
    was = world.before
    if was is None:
        return True
    changed: list[frozenset[str]] = []
    for path in sorted(changed_files(world) or {world.path}):
        now, then = world.file(path), was.library.source(path)
        for one in now.functions if now is not None else ():
            assert now is not None
            code = now.code(one.start_byte, one.body_end)
            former = then.functions_named(one.name) if then is not None else ()
            if then is not None and any(
                then.code(other.start_byte, other.body_end) == code for other in former
            ):
                continue
            if (path, one.name) != (world.path, function.name):
                changed.append(frozenset(now.identifiers(one.body_start, one.body_end)))
    names = {function.name}
    for _ in range(_UP):
        if any(names & one for one in changed):
            return True
        sites = [site for name in sorted(names) for site in world.callers(name)[:_CALLERS]]
        names |= {site.caller for site in sites if site.caller}
    return False


_KEYWORDS = frozenset(("if", "while", "for", "switch", "return", "sizeof", "likely", "unlikely"))


def changed_files(world: World) -> frozenset[str] | None:
    """Files in which the tree may differ from what it was before the patch; None if any may."""
    if world.before is None:
        return None
    (now, root), (then, other) = (
        _laid_over(one.library.tree) for one in (world, world.before)
    )  # fmt: skip
    return now | then if root is other else None


def _laid_over(tree: Tree) -> tuple[frozenset[str], Tree]:
    """The files that patches change, and the tree below them."""
    paths: frozenset[str] = frozenset()
    while isinstance(tree, TracedTree | Overlay):
        if isinstance(tree, Overlay):
            paths |= frozenset(tree.changed)
            tree = tree.base
        else:
            tree = tree.tree
    return paths, tree


def _orders_anew(world: World, path: str, name: str) -> bool:
    """True if a function of a file that calls another one may order more often than before."""
    now = world.file(path)
    was = world.before.library.source(path) if world.before is not None else None
    if now is None or (was is not None and was.data == now.data):
        return False
    for caller in now.functions:
        words = _called(now, caller)
        if name not in words:
            continue
        if was is not None:
            for former in was.functions_named(caller.name):
                words -= _called(was, former)
        if any(_may_order(world, now, word) for word in words if word != name):
            return True
    return False


def _may_order(world: World, source: SourceFile, name: str) -> bool:
    """True of what orders, and of a function at hand of which it is not known that it does not."""
    known = primitive(name)
    if known is not None:
        return bool(known.order & ORDERING)
    at_hand = definitions(world.library, source, name) != ()
    return at_hand and not orders_nothing(world.library, source, name)


def _branches(source: SourceFile, function: Function) -> Counter[str]:
    """Where the ways of a function part: a new way may be one on which nobody is to be feared."""
    code = source.code(function.body_start, function.body_end)
    return Counter(one.decode() for one in _PARTS.findall(code))


_PARTS = re.compile(
    rb"\b(?:if|else|goto|return|case|default|break|continue|while|for|switch)\b|&&|\|\||\?"
)


def _called(source: SourceFile, function: Function) -> Counter[str]:
    """What a function calls, with how often it does."""
    code = source.code(function.body_start, function.body_end)
    return Counter(name.decode() for name in re.findall(rb"\b([A-Za-z_]\w*)\s*\(", code))
