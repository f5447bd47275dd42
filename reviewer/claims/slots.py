"""What the groups of a matched pattern caught."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reviewer.claims.folding import Folded
from reviewer.claims.lock_names import MODES
from reviewer.claims.model import Term
from reviewer.claims.patterns import Pattern
from reviewer.claims.terms import Found, Tagged

_DANGLING = re.compile(
    r"(?: (?:to|of|in|but|and|or|the|an?|on|for|with|by|from|is|are|that|which|when|while|not|as|at"
    r"|during|against|so|we|it))+\Z|\A(?:to|of|in|on|for|the|an?|won't|also|normal|automatically"
    r"|concurrent|individual|prior|few)\Z|\A(?:since|because|as) "
)
_STEPS = {"after": "after", "against": "either", "with": "either", "and": "either"}


def slot_terms(groups: Mapping[str, str], slot: str, tagged: Tagged) -> list[Found]:
    """The terms that the groups of a slot (``subject``, ``subjects``, …) caught."""
    one = "".join(groups.get(slot + suffix, "") for suffix in ("", "s", "2", "3"))
    return [tagged.term(char) for char in one if "\ue000" <= char <= "\uf8ff"]


def allowed(found: list[Found], slot: str, pattern: Pattern) -> list[Found] | None:
    """The terms that the pattern's concepts admit; None if there were some but none will do."""
    wanted = tuple(concept for name, concept in pattern.concepts if name == slot)
    if not wanted or not found:
        return found
    kept = [t for t in found if any(_under(t.concept, w) for w in wanted)]
    return kept or None


def antecedent(said: Term | None, pattern: Pattern) -> bool:
    """False if the pattern says what its ``@`` subject has to be, and this is none of it."""
    wanted = tuple(concept for name, concept in pattern.concepts if name == "subject")
    return not wanted or (said is not None and any(_under(said.concept, w) for w in wanted))


def _under(concept: str, root: str) -> bool:
    return concept == root or concept.startswith((root + ".", root + ":"))


def plain_words(
    match: re.Match[str], group: str, concept: str, folded: Folded, tagged: Tagged
) -> Term | None:
    """Plain words that a pattern took for its subject or object."""
    if group not in match.re.groupindex or not match[group]:
        return None
    first, last = match.span(group)
    words = folded.text[tagged.at[first] : tagged.until[last - 1]].strip(" ,;:")
    words = _DANGLING.sub("", words)
    return Term(concept, words) if words else None


def details(groups: Mapping[str, str], tagged: Tagged) -> Iterator[tuple[str, str]]:
    """Details that groups state: the mode of a lock, the order of a step, the other side."""
    mode = groups.get("mode") or groups.get("mode2") or groups.get("mode3")
    if mode:
        yield "mode", MODES.get(mode.strip(), mode.strip())
    if "order" in groups:
        yield "step", _STEPS.get(groups["order"], "before")
    others = [term.concept for term in slot_terms(groups, "other", tagged)]
    if others:
        yield "other", next((one for one in others if one != "process-context"), others[0])


def lock_mode(lock: Found | None, folded: Folded) -> str:
    """``write`` or ``read`` where the words for a lock say so (``mmap_write_lock()``)."""
    if lock is None or lock.sort != "lock":
        return ""
    words = re.split(r"[ _(]", folded.words(lock))
    return next((word for word in words if word in {"read", "write"}), "")
