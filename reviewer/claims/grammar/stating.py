"""The claims of a statement: subject and object in its frame's order, with what details it."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.lists import Item
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.statement import Statement
from reviewer.claims.grammar.things import things
from reviewer.claims.grammar.words import ADVERB, BARE_LOCKS, DETERMINER, NOT, Token, word_set
from reviewer.claims.model import Claim, Duty, Kind, Modality, Term, code_term

_NOBODY = frozenset({"nobody", "nothing", "none", "neither", "hardly"})
_SUBJECTS = frozenset({"name", "count", "pte", "func", "barrier", "gp", "flush"})
_DEFINED = 6
"""Tokens before a verb in which "means" may stand."""
_HOLDS = frozenset({"holds", "owns", "has"})
_EVENTS = frozenset({"free", "event", "walker"})
_PRONOUNS = word_set("it this that these those they which we is are")
_MAX_SUBJECT = 6
"""Tokens of a subject that a quotation shows."""
_GIVEN_UP = frozenset({"dropped", "released", "unlocked"})
_RUN_IN = frozenset({"process-context", "softirq", "hardirq", "nmi", "any-context"})
"""Contexts that code runs in, and nobody holds."""
_DEEDS = word_set("done performed happen happens occur occurs happening occurring")
"""Verbs of which not the code is the subject, but what is done."""
_CONDITIONS = frozenset({"if", "when", "whether", "unless"})
_LIMITS = _CONDITIONS | {"long"}
"""Between subject and verb: "no barrier is needed as long as we ensure the order"."""
_IN = frozenset({"in", "of", "from", "at", "inside", "within"})


def stated(seen: Seen, tokens: list[Token], said: Statement) -> Iterator[Claim]:
    """The claims of one statement."""
    if seen.sentence.section in {"return", "returns"} and not _duty(said):
        return  # "Return: true in process context"
    if _only_described(seen, tokens, said) or _orders_nothing(tokens, said):
        return
    if said.kind is Kind.FORBIDS and _for_long(tokens, said.end):
        return
    end_token = said.end
    if said.kind in {Kind.REQUIRES, Kind.PROTECTED} and _of_nobody(tokens, said):
        return
    place = ""
    if said.kind is Kind.PAIRS:
        place, end_token = _place(tokens, said.end, seen)
    begin = said.start
    if "subject" in said.frame.order and said.subject[0] < said.subject[1]:
        begin = min(begin, max(said.subject[0], said.start - _MAX_SUBJECT))
    limited = any(token.text in _LIMITS for token in tokens[begin : said.start])
    how = modality(seen, tokens, said.start if limited else begin, end_token, negation=False)
    unsure = (said.choice and said.kind is Kind.FORBIDS) or _of_a_value(tokens, said)
    if how is Modality.ASSERTED and unsure:
        how = Modality.CONDITIONAL
    if how is Modality.CONDITIONAL and (said.actor == "we" or _supposed(tokens, said)):
        return  # "if we hold the lock", "if called with the lock held" ask for nothing
    kind = said.kind
    deeds = {token.text for token in tokens[said.start : end_token]} & _DEEDS
    called = said.frame.name == "called-with" and kind is Kind.REQUIRES
    if called and said.actor in {"other", "code"}:
        named = _subject(seen, tokens, said).concept != "code"
        kind = Kind.PROTECTED if deeds and named and not said.must else kind
    for subject, target in _pairs(seen, tokens, said):
        if said.frame.verb in {"hold", "keep"} and target and target.concept in _RUN_IN:
            continue  # "TIM ctx - holds timer context"
        if kind is not said.kind:
            subject = _subject(seen, tokens, said)  # "the removal is done with foo_lock held"
        detail: list[tuple[str, str]] = []
        if kind in {Kind.REQUIRES, Kind.FORBIDS}:
            detail.append(("force", "must" if said.must else "states"))
            if said.actor == "caller":
                detail.append(("held_by", "caller"))
            elif said.frame.speaker == "others" and not _is_us(tokens, said):
                detail.append(("held_by", "others"))
        change = said.frame.detail
        if said.kind is Kind.LEAVES and not change:
            words = {token.text for token in tokens[said.start : said.end + 1]}
            given_up = bool(words & _GIVEN_UP)
            change = "released" if given_up else ""
        if change:
            detail.append(("change", change))
        mode = next((item.mode for item in said.items if item.mode), "")
        if mode:
            detail.append(("mode", mode))
        if place:
            detail.append(("place", place))
        yield claim_of(
            seen,
            tokens,
            (begin, end_token),
            kind,
            (subject, target),
            how,
            said.frame.name,
            tuple(detail),
            Duty.CALLER if said.actor == "caller" else Duty.UNSAID,
            choice=said.choice,
        )
    if said.denied is not None and kind is Kind.REQUIRES:  # "foo_lock but not bar_lock"
        terms = (code_term(seen.comment), _term(seen, said.denied, ""))
        force = (("force", "must" if said.must else "states"),)
        span = (begin, end_token)
        yield claim_of(seen, tokens, span, Kind.FORBIDS, terms, how, said.frame.name, force)


def _only_described(seen: Seen, tokens: list[Token], said: Statement) -> bool:
    """True for "the task which owns the lock", and for "@foo: holds the list lock": contains it."""
    if said.frame.name != "holds":
        return False
    for token in tokens[said.start : said.end]:
        if token.sort in {"lock", "context"} or token.text in BARE_LOCKS:
            break
        if token.text == "for":
            return True  # "here we have wrappers for locking"
    if tokens[said.start].text not in _HOLDS:
        return False
    before = tokens[said.start - 1].text if said.start else ""
    member = seen.sentence.section.startswith("@") and said.subject[0] == said.subject[1]
    return member or before in {"which", "who", "that"}


def _orders_nothing(tokens: list[Token], said: Statement) -> bool:
    """True for "provides no memory ordering"; "ensures that no reader sees it" is an order."""
    if said.kind is not Kind.ORDERS or tokens[said.plain[0]].text != "no":
        return False
    behind = tokens[said.plain[0] + 1 : said.plain[0] + 4]
    return any(token.sort == "barrier" or token.text == "ordering" for token in behind)


def _for_long(tokens: list[Token], at: int) -> bool:
    """True behind "do not hold foo_lock for too long", which lets it be held."""
    words = [token.text for token in tokens[max(0, at - 2) : at + 3]]
    return "long" in words and "for" in words[: words.index("long")]


def _is_us(tokens: list[Token], said: Statement) -> bool:
    """True for "the current task holds it", which is whoever runs this code."""
    return any(token.text == "current" for token in tokens[slice(*said.subject)])


def _of_a_value(tokens: list[Token], said: Statement) -> bool:
    """True for "(*locked == 1) means that foo_lock is held", not for "this means that"."""
    for at in range(max(1, said.start - _DEFINED), said.end):
        if tokens[at].text == "means":
            return tokens[at - 1].text not in {"this", "which", "that", "it"}
    return False


def _of_nobody(tokens: list[Token], said: Statement) -> bool:
    """True for "nobody must hold foo_lock"."""
    return bool({token.text for token in tokens[slice(*said.subject)]} & _NOBODY)


def _supposed(tokens: list[Token], said: Statement) -> bool:
    """True if the statement is itself the condition: "if it is called with foo_lock held"."""
    if said.must or said.kind not in {Kind.REQUIRES, Kind.FORBIDS}:
        return False
    if any(token.text == "only" for token in tokens[: said.start]):
        return False  # "is only changed when foo_lock is held"
    at = said.start - 1
    while at >= 0 and (tokens[at].text in _PRONOUNS or tokens[at].text in ADVERB | DETERMINER):
        at -= 1
    return at >= 0 and tokens[at].text in _CONDITIONS


def _duty(said: Statement) -> bool:
    """True for what can be asked of a caller even below ``Return:``."""
    return said.kind not in {Kind.REQUIRES, Kind.FORBIDS} or said.must


def _pairs(seen: Seen, tokens: list[Token], said: Statement) -> Iterator[tuple[Term, Term | None]]:
    """Subject and object of each claim, in the frame's order."""
    frame = said.frame
    code = _callee(seen, tokens, said) or _doer(seen, tokens, said) or code_term(seen.comment)
    subject = _subject(seen, tokens, said)
    if frame.kind is Kind.PROTECTED and frame.order == ("object", "subject"):
        listed = things(seen, tokens, said.items[0].start if said.items else said.plain[0])
        if listed:
            yield from ((thing, subject) for thing in listed)
            return
    if said.plain != (0, 0):
        said_words = spoken(seen, tokens, *_noun_of(tokens, said))
        words = Term("data", said_words) if said_words else code_term(seen.comment)
        if frame.concept and frame.order == ("code", "object"):
            yield code, Term(frame.concept, words.text)
        elif frame.order == ("object", "subject"):
            yield words, subject
        elif frame.order == ("subject", "object"):
            yield subject, words
        else:
            yield words, Term(frame.concept, "") if frame.concept else None
        return
    if not said.items:
        doer = tokens[said.start - 1].term if said.start else None
        yield (
            known_term(doer, seen.folded) if doer and doer.sort == "func" else code,
            Term(frame.concept, spoken(seen, tokens, said.start, said.end))
            if frame.concept
            else None,
        )
        return
    for item in said.items:
        thing = _term(seen, item, frame.suffix)
        match frame.order:
            case ("code", _):
                yield code, thing
            case ("subject", _):
                yield subject, thing
            case ("object", "subject"):
                yield thing, subject
            case _:
                yield thing, Term(frame.concept, "") if frame.concept else None


def _noun_of(tokens: list[Token], said: Statement) -> tuple[int, int]:
    """What is locked in "in this case, the pond must be locked": the words behind the lead."""
    first, last = said.plain
    if said.frame.concept != "lock" or said.plain != said.subject:
        return said.plain
    lead = max(
        (n for n in range(first, last) if tokens[n].text in {",", "that"}), default=first - 1
    )
    return (lead + 1, last) if lead + 1 < last else said.plain


def _callee(seen: Seen, tokens: list[Token], said: Statement) -> Term | None:
    """The function that "KVM calls foo() with interrupts disabled" speaks of."""
    if said.frame.verb != "call" or not said.items:
        return None
    for token in tokens[said.start + 1 : said.items[0].start]:
        if token.term is not None and token.sort == "func":
            return known_term(token.term, seen.folded)
    return None


def _doer(seen: Seen, tokens: list[Token], said: Statement) -> Term | None:
    """The function that "foo() drops bar_lock" speaks of, if it is not the one commented."""
    at = said.start - 1
    while at >= 0 and tokens[at].text in ADVERB:
        at -= 1
    term = tokens[at].term if at >= 0 else None
    if said.kind is not Kind.LEAVES or term is None:
        return None
    own = code_term(seen.comment).name.rpartition(".")[2]
    if term.sort != "func" or term.name.removesuffix("()") == own:
        return None
    return known_term(term, seen.folded)


def _subject(seen: Seen, tokens: list[Token], said: Statement) -> Term:
    first, last = said.subject
    apart = last > 0 and tokens[last - 1].text in {",", "(", "-"}
    if apart and said.kind is Kind.PROTECTED and seen.place == "field":
        return code_term(seen.comment)  # what comes before describes the field
    lock = bool(said.frame.subject)
    for token in reversed(tokens[first:last]):
        wanted = said.frame.subject if lock else _SUBJECTS
        if token.term is not None and token.sort in wanted:
            return known_term(token.term, seen.folded)
    words = [t.text for t in tokens[first:last] if t.text and t.text[0].isalpha()]
    if "lock" in said.frame.subject and words and words[-1] in BARE_LOCKS:
        return Term(BARE_LOCKS[words[-1]], words[-1])
    events = any(token.sort in _EVENTS for token in tokens[first:last])
    if not events and all(word in _PRONOUNS or word in DETERMINER for word in words):
        return code_term(seen.comment)
    return Term("data", spoken(seen, tokens, max(first, last - 5), last))


def _term(seen: Seen, item: Item, suffix: str) -> Term:
    if item.token is None or item.token.term is None:
        return Term(item.concept, item.words)
    term = known_term(item.token.term, seen.folded)
    if suffix and item.token.sort == "switch":
        return Term(term.concept + suffix, term.text, term.name)
    return term


def _place(tokens: list[Token], at: int, seen: Seen) -> tuple[str, int]:
    """The function of "pairs with … in f()", and the token behind it."""
    for here in range(at, min(at + 5, len(tokens) - 1)):
        if tokens[here].text in NOT:
            return "", at
        if tokens[here].text in _IN:
            follow = here + 1 + (tokens[here + 1].text == "the")
            if follow < len(tokens) and tokens[follow].sort in {"func", "name"}:
                term = tokens[follow].term
                return (term.name or seen.folded.words(term) if term else ""), follow + 1
            return "", at
    return "", at
