"""Adversaries: what else may run, one litmus file each, with a place for the code under review."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewer.errors import RuleError
from reviewer.evidence.models.entries.operations import MEMBERS, operations
from reviewer.mmu.machine import Machine

FOLDER = Path(__file__).with_name("adversaries")
PAGES = "pages"
"""What is filled before the code begins: all that orders it counts."""
_SECOND = {"pte_2": "pte", "pmd_2": "pmd", "ptl_2": "ptl"}
_HEADER = re.compile(r"\(\*(.*?)\*\)\s*", re.S)
_FIELD = re.compile(
    r"^ \* (Threatens|Needs|Given|Asked|Believes|Harm): (.*(?:\n \*  +\S.*)*)", re.M
)
_FIRST = re.compile(
    r"^(P0\()([^)]*)(\)\s*\{\n)(.*?)^\t// code\n(.*?)^\t// then\n(.*?)^\}", re.M | re.S
)
_NAMED = re.compile(r"(\w+)(?:\[\d+\])?\s*=\s*(-?\d+)?")


@dataclass(frozen=True, slots=True)
class Adversary:
    """One adversary.

    ``threatens`` is what code it is dangerous to, ``harm`` what its outcome means, in words;
    ``needs`` are the objects that code must touch for it to apply; ``objects`` all that code and
    adversary share; ``initial`` what they hold at first; ``then`` what the thread does after the
    code.
    """

    name: str
    threatens: str
    harm: str
    needs: tuple[str, ...]
    objects: frozenset[str]
    initial: Mapping[str, int]
    wants: frozenset[str]
    then: tuple[str, ...]
    text: str
    split: bool
    """True if its entries are two words."""
    contested: frozenset[str]
    """The objects that another thread touches, or the question."""
    given: frozenset[str]
    """Flags that are set while the code runs beside it."""
    in_patches: bool
    """False if its harm is no way past an exclusion, so that no comment of one speaks of it."""
    believes: str = ""
    """The adversary beside which the tree's own walker must be excluded for this one to be what it
    does; '' but for walkers that code looks for by a count of references."""
    standing: bool = False
    """True if what it needs is done in front of the code: it meets whatever code there is."""

    @property
    def shares(self) -> frozenset[str]:
        """The kinds of memory of code that code and adversary share."""
        return _kinds(self.objects)

    @property
    def touches(self) -> frozenset[str]:
        """The kinds of memory of code that another thread touches, or the question."""
        return _kinds(self.contested)

    def runs_on(self, machine: Machine) -> bool:
        """True if a machine has what the adversary is made of: GUP-fast, entries of two words."""
        if self.name.startswith("gup-fast") and not machine.gup_fast:
            return False
        return machine.split or not self.split

    def with_code(self, body: Sequence[str], extra: str) -> str:
        """The litmus test with a thread's lines in the place of the code it believes in.

        ``extra`` is put before the first thread.
        """
        head = f"{extra}\n" if extra else ""

        def first(match: re.Match[str]) -> str:
            return f"{head}{match[1]}{match[2]}{match[3]}{match[4]}" + "\n".join(body) + "\n}"

        return _FIRST.sub(first, self.text, count=1)


@cache
def _kinds(names: frozenset[str]) -> frozenset[str]:
    told = (one.object for one in operations().values())
    known = frozenset((*told, *MEMBERS.values(), PAGES))
    return frozenset(_SECOND.get(name, name) for name in names) & known


@cache
def adversaries() -> Mapping[str, Adversary]:
    """All adversaries by name. Raises RuleError for a file that is not one."""
    return {file.stem: _read(file) for file in sorted(FOLDER.glob("*.litmus"))}


def _read(file: Path) -> Adversary:
    text = file.read_text(encoding="utf-8")
    header, first = _HEADER.search(text), _FIRST.search(text)
    if header is None or first is None:
        raise RuleError(f"{file.name}: no header, or no '// code' … '// then' in P0")
    fields = {
        name: " ".join(told.replace(" *", " ").split()) for name, told in _FIELD.findall(header[1])
    }
    if not {"Threatens", "Needs", "Harm"}.issubset(fields):
        raise RuleError(f"{file.name}: its header needs 'Threatens:', 'Needs:' and 'Harm:'")
    text = _HEADER.sub("", text, count=1)
    start = text[text.index("{") + 1 : text.index("}\n")]
    initial = {name: int(value or 0) for name, value in _NAMED.findall(start)}
    shared = frozenset(re.findall(r"(\w+)\s*(?:,|$)", first[2]))
    then = tuple(line.strip() for line in first[6].splitlines() if line.strip())
    return Adversary(
        file.stem, fields["Threatens"], fields["Harm"], tuple(fields["Needs"].split()), shared,
        initial, frozenset(re.findall(r"\w+", first[4] + first[6])), then, text,
        "pte[2]" in start, frozenset(re.findall(r"\w+", text[text.index("\n}\nP1") :])) & shared,
        frozenset(fields.get("Given", "").split()), fields.get("Asked", "") != "model",
        fields.get("Believes", ""),
        set(fields["Needs"].split()) <= set(re.findall(r"\w+\((\w+)\);", first[4])),
    )  # fmt: skip
