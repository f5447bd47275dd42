"""Whom code waits for: "make sure all running NMIs have finished", "freed with a grace period"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.clauses import denied, end_of_clause
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.words import ADVERB, BE, HAVE, MAY, MUST, NOT, Token, word_set
from reviewer.claims.model import Claim, Kind, Term

_SURE = word_set("sure ensure ensures ensuring until guarantee guarantees wait that")
_OVER = word_set("finished completed complete done drained exited gone quiesced ended left")
_WHO = frozenset({"context", "walker", "gp", "irq", "switch"})
_USERS = word_set(
    """
    readers reader users callbacks callback handlers handler interrupts interrupt lookups walkers
    sections accesses nmis softirqs irqs tasklets path critical timer timers
    """
)
_FREED = word_set("free frees freed freeing release released destroy destroyed put kfree delete")
_BY = word_set("with via through using by past")
_NO_VERB = word_set("the a an of no io-wait long this that in busy")
_NO_THING = MUST | MAY | {",", "go", "goes", "will"}
_WHERE = frozenset({"in", "at", "from", "by", "on", "as", "to", "when", "if"})
_WAIT = word_set("wait waits waiting waited drain drains draining flush flushes flushing")
_EVERY = word_set(
    """
    all any every each everyone everybody anyone pending outstanding in-flight inflight running
    existing remaining concurrent ongoing active other others previous prior current old readers
    users them those
    """
)
"""Said of what is waited for, these speak of whoever happens to be at work."""
_AGENTS = word_set(
    """
    task tasks thread threads cpu cpus worker workers work works reader readers writer writers user
    users caller callers holder holders owner owners walker walkers callback callbacks handler
    handlers request requests bio bios io ios transaction transactions reference references
    invocation invocations operation operations section sections syscall syscalls lookup lookups
    job jobs timer timers tasklet tasklets softirq softirqs process processes activity activities
    update updates fences fence ones inflight in-flight outstanding everyone everybody anyone others
    writeback command commands
    """
)
"""What runs, and so can be waited for."""
_FINISH = word_set(
    """
    finish complete exit drain leave end quiesce stop return go release unlock drop disappear settle
    """
)
_ENDED = word_set("freeing removing destroying releasing tearing unregistering deleting unmapping")
_FOR = frozenset({"for", "on", "until", "till"})
_TOTAL = word_set("all every everyone everybody outstanding pending in-flight")
_THAT = word_set("it them this that those to")
_THEM = word_set("them those these")
_MACHINERY = word_set(
    """
    device hardware hw firmware fw clock clocks pll register registers fifo dma chip controller
    phy link bus signal voltage power board card channel sensor calibration lock bit bits
    """
)
"""Parts of a machine: that they are waited for says nothing of other code."""
_REACH = 9
"""Tokens from "make sure" to "have finished"."""


def waits(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``waits(whom, for what)`` where no verb of waiting is said."""
    for at, token in enumerate(tokens):
        if token.text in _OVER:
            yield from _over(seen, tokens, at)
        elif token.sort == "gp" and at:
            yield from _freed(seen, tokens, at)
        elif token.word in _WAIT:
            yield from _until_finished(seen, tokens, at)


def _until_finished(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "Wait for all pending requests to complete", "wait for it before freeing x"."""
    if at and (tokens[at - 1].text in _NO_VERB or denied(tokens, max(0, at - 4), at)):
        return
    first = at + 1
    while first < len(tokens) and tokens[first].text in _FOR | {"here", "that"}:
        first += 1
    if tokens[at].word[0] == "w" and not {t.text for t in tokens[at + 1 : first]} & _FOR:
        return
    stop = end_of_clause(tokens, first, _REACH + 4)
    ends = next((n for n in range(first, stop) if tokens[n].text in {"before", "after", ","}), stop)
    who = tokens[first:ends]
    words = {token.text for token in who}
    before = tokens[ends].text == "before" if ends < len(tokens) else False
    freed = before and any(token.word in _ENDED for token in tokens[ends : ends + 4])
    if not who or words & _MACHINERY or (tokens[at].word[0] != "w" and "all" not in words):
        return
    over = bool(words & (_FINISH | _OVER)) or "completion" in words
    whoever = bool(words & _EVERY) and bool(words & _AGENTS or any(t.sort in _WHO for t in who))
    known = over or words <= _THAT | _FINISH
    total = bool(words & _TOTAL) and tokens[at].word[0] == "w"
    them = over and bool(words & _THEM) and words <= _THEM | _FINISH | {"to"}
    settled = (
        them or (whoever and (over or before or total)) or (total and over) or (freed and known)
    )
    if not settled:
        return
    data = Term("data", spoken(seen, tokens, first, ends))
    how = modality(seen, tokens, at, ends, negation=True)
    past = next((t.term for t in who if t.term is not None and t.sort == "gp"), None)
    terms = (data, known_term(past, seen.folded) if past else Term("wait", ""))
    yield claim_of(seen, tokens, (at, ends), Kind.WAITS, terms, how, "until-finished")


def _over(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "Make sure all running NMIs have finished": they are waited for."""
    verb = at
    while verb and (tokens[verb - 1].text in BE | HAVE | ADVERB):
        verb -= 1
    first = max(0, verb - _REACH)
    sure = next((n for n in range(verb - 1, first - 1, -1) if tokens[n].text in _SURE), -1)
    if sure < 0 or verb == at or (tokens[sure].text == "that" and not _ensured(tokens, sure)):
        return
    who = tokens[sure + 1 : verb]
    if not any(t.sort in _WHO or t.text in _USERS for t in who):
        return
    if any(t.text in NOT or t.text in {"after", "before", "if"} for t in who):
        return
    data = Term("data", spoken(seen, tokens, sure + 1, verb))
    how = modality(seen, tokens, sure, at + 1, negation=tokens[sure].text != "until")
    yield claim_of(
        seen, tokens, (sure, at + 1), Kind.WAITS, (data, Term("wait", "")), how, "until-done"
    )


def _ensured(tokens: Sequence[Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].text in _SURE


def _freed(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "RCU head to free the plug with a grace period"."""
    by = at - 1
    while by and (tokens[by].text in {"a", "an", "the"} or tokens[by].sort == "context"):
        by -= 1
    if tokens[by].text not in _BY:
        return
    first = next((n for n in range(max(0, by - 8), by) if tokens[n].word in _FREED), -1)
    if first < 0 or first + 1 >= by or end_of_clause(tokens, first, by - first) < by:
        return
    what = {token.text for token in tokens[first + 1 : by]}
    if what & _NO_THING or tokens[first + 1].text in _WHERE:
        return
    term = tokens[at].term
    assert term is not None  # it has a sort
    data = Term("data", spoken(seen, tokens, first + 1, by))
    how = modality(seen, tokens, first, at + 1, negation=True)
    terms = (data, known_term(term, seen.folded))
    yield claim_of(seen, tokens, (first, at + 1), Kind.WAITS, terms, how, "freed-past")
