"""Which paths of a function need not be asked about beside an adversary, or by a shorter test.

A path that changes nothing of what the adversary needs changed does not bring about its outcome: no
adversary reaches it beside code that does nothing. And what the code does to memory that no other
thread and no question looks at, and that it does not read itself, can only order: without it a test
has every outcome that it has with it, so that what is excluded there is excluded here.
"""

from __future__ import annotations

import re

from reviewer.evidence.models.entries.adversaries import Adversary
from reviewer.evidence.models.entries.thread import Made

_WORD = re.compile(r"[A-Za-z_]\w*")
_ALONE = re.compile(r"^\t+(\w+)\(([^()]*)\);\n", re.M)
"""An operation whose value nobody takes."""
_SHARED = frozenset(("ref", "mapcount", "exclusive"))
"""Of a folio: the objects of which an operation that gives no value tells nothing later."""


def changes_nothing(test: Made, adversary: Adversary) -> bool:
    """True of a path that changes none of the objects that the adversary needs changed."""
    wanted = [one for one in adversary.needs if one.endswith("!")]
    return bool(wanted) and not any(one in test.objects for one in wanted)


def lean(test: Made, adversary: Adversary) -> str:
    """The test without operations on what only this thread touches, and never reads."""
    text = test.bare
    code = text[text.index("\nP0(") : text.index("\nP1(")]
    read = {
        word
        for line in code.split("\n")
        if " = " in line or "if (" in line
        for word in _WORD.findall(line.partition(" = ")[2] or line)
    }
    spare = _SHARED - adversary.contested - read

    def kept(match: re.Match[str]) -> str:
        given = set(_WORD.findall(match[2]))
        return "" if given & _SHARED and given <= spare else match[0]

    return text.replace(code, _ALONE.sub(kept, code))
