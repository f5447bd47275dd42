"""Claims: typed statements read out of comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from reviewer.source.model import CommentBlock


class Kind(StrEnum):
    """What sort of statement a claim makes; see docs/claims.md for examples of each."""

    IMPLIES = "implies"
    EXCLUDES = "excludes"
    ORDERS = "orders"
    PAIRS = "pairs"
    REQUIRES = "requires"
    FORBIDS = "forbids"
    PROTECTED = "protected"
    STABLE = "stable"
    ATOMIC = "atomic"
    WAITS = "waits"
    REFERS = "refers"
    LEAVES = "leaves"
    NESTS = "nests"
    NEEDS_NONE = "needs_none"
    SERIALIZED = "serialized"


class Modality(StrEnum):
    """How the comment means it; only ASSERTED claims can be broken."""

    ASSERTED = "asserted"
    PAST = "past"
    HYPOTHETICAL = "hypothetical"
    QUESTION = "question"
    QUOTED = "quoted"
    NEGATED = "negated"
    CONDITIONAL = "conditional"
    DEVICE = "device"
    """A step of a device: so the code under the comment shows. The reader never says it."""
    ELSEWHERE = "elsewhere"
    """Said of code that uses what the comment stands beside. The reader never says it either."""


class Role(StrEnum):
    """The place of a claim in an argument of the shape "we do A, so B cannot happen"."""

    PLAIN = "plain"
    REASON = "reason"
    RESULT = "result"


class Duty(StrEnum):
    """Who has to see to it that a claim is so, where the words say."""

    UNSAID = ""
    CALLER = "caller"
    CODE = "code"
    OTHERS = "others"


class When(StrEnum):
    """The moment of a call that a claim is about, where the words say."""

    UNSAID = ""
    ENTRY = "entry"
    EXIT = "exit"
    THROUGHOUT = "throughout"


@dataclass(frozen=True, slots=True)
class Scope:
    """What limits a claim; the words are those of the comment, folded to one line, or ''.

    ``when`` is the moment meant, ``until`` what ends it ("until we drop it"), ``unless`` the
    exception or what would do as well ("unless x", "or before registration"), ``condition`` what
    it depends on ("if", "when"), ``place`` the part of the code ("in the slow path").
    """

    when: When = When.UNSAID
    until: str = ""
    unless: str = ""
    condition: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A thing a claim speaks of: the concept it was read as, the words, and a C name if any."""

    concept: str
    text: str
    name: str = ""


CODE = "code"
"""The concept of the code that a comment stands on."""


def code_term(comment: CommentBlock) -> Term:
    """The code a comment is anchored to, as a term."""
    return Term(CODE, "", comment.anchor.name or comment.anchor.function)


ANYWHERE = Scope()
"""No limit said."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement, with the exact words it was read from.

    ``start``/``end`` index into ``comment.text``; ``line``/``end_line`` are lines of the file.
    ``detail`` holds kind-specific extras as ordered pairs (``("place", "foo")``,
    ``("step", "before")``, ``("held_by", "caller")``).
    ``argument`` numbers the chain of reasons and results it belongs to (0: none).
    ``duty`` says whose business it is, ``scope`` what limits it. Claims of one comment with the
    same ``alternative`` (0: none) are choices: any one of them will do ("either A or B"); one
    alone leaves a choice of which no other part is a claim (its words are ``scope.unless``).
    A claim is a pure function of the comment, its anchor and the reader's data.
    """

    kind: Kind
    said_subject: Term | None
    """None: the code that the comment speaks of; see ``subject``."""
    object: Term | None
    modality: Modality
    role: Role
    start: int
    end: int
    line: int
    end_line: int
    quote: str
    pattern: str
    comment: CommentBlock = field(repr=False)
    argument: int = 0
    detail: tuple[tuple[str, str], ...] = ()
    duty: Duty = Duty.UNSAID
    scope: Scope = ANYWHERE
    alternative: int = 0

    @property
    def about(self) -> str:
        """The concept of the subject, known without the anchor."""
        return self.said_subject.concept if self.said_subject is not None else CODE

    @property
    def subject(self) -> Term:
        """What the claim is about."""
        return self.said_subject or code_term(self.comment)

    def get(self, key: str) -> str:
        """The value of a detail, or ''."""
        return next((value for name, value in self.detail if name == key), "")
