"""Which sentences speak of synchronization, whatever else can be read in them."""

from __future__ import annotations

from ahocorasick_rs import AhoCorasick

from reviewer.claims.guarded import Guarded
from reviewer.claims.lexicon import SORTS
from reviewer.claims.terms import Tagged

WORDS = tuple(
    """
    lock locks locked locking lockless locklessly unlock unlocks unlocked unlocking spinlock
    spinlocks lockdep mutex mutexes semaphore semaphores sem rwsem rwsems barrier barriers fence
    fences acquire atomic atomically atomicity nonatomic irq irqs hardirq softirq interrupt
    interrupts bh bhs nmi nmis tasklet tasklets sleep sleeps sleeping sleepable slept wait waits
    waited waiting waiter waiters waitqueue waitqueues wake wakes waken wakeup wakeups waking woken
    race races raced racing racy tlb tlbs ipi ipis shootdown shootdowns quiescent gup held wmb rmb
    """.split()  # noqa: SIM905 - reads better as text
)
_BEGINNINGS = (
    "deadlock",
    "livelock",
    "seqlock",
    "seqcount",
    "reorder",
    "rcu",
    "srcu",
    "preempt",
    "nonpreempt",
    "serializ",
    "serialis",
    "synchroni",
    "concurren",
    "refcount",
    "refcnt",
    "spinlock",
)
_STEMS = AhoCorasick([*WORDS, *_BEGINNINGS])
_PHRASES = Guarded(
    r"(?:memory|load|store|write|read|lock|release)[ -]order|grace[ -]period|critical section"
    r"|bottom[ -]hal|ref(?:erence)? count|release semantics|pinn(?:ed|ing) (?:page|folio|down)"
    r"|(?:process|task|any) context|visible (?:to|before|on) |pairs with |\A\W*orders? (?!to\b)"
)
_TRANSFER = r"\b(?:stor(?:e|es|ed|ing)|load(?:s|ed|ing)?|reads?|reading|writ(?:e|es|ten|ing))\b"
_ORDERS = Guarded(
    rf"{_TRANSFER}[^.;]{{1,60}}\b(?:before|after|against|past|above|until)\b[^.;]{{0,40}}{_TRANSFER}"
    rf"|{_TRANSFER}[^.;]{{1,40}}\bfirst,? (?:and )?then\b"
    r"|\bsees?\b[^.;]{1,60}\b(?:also|must|without|will)\b[^.;]{0,20}\bsee"
    r"|\bother (?:cpus?|threads?|tasks?)\b[^.;]{0,30}\b(?:see|observe)s?\b"
    r"|\b(?:no|all|any|every|last) readers?\b"
    r"|\bseen by (?:whoever|anyone|everyone)"
    r"|\b(?:visible|effective)\b[^.;]{0,20}\b(?:before|after)\b"
)
"""Two accesses with a relation between them: a memory order, though no word of one is said."""
_SORTS = sum(
    1 << SORTS.index(sort)
    for sort in ("lock", "context", "act", "switch", "flush", "ipi", "walker", "barrier", "gp")
)


def speaks_of_synchronization(tagged: Tagged, lower: str) -> bool:
    """True for a sentence with a word or a primitive of synchronization.

    ``lower`` is the folded sentence in lower case. Words are looked for in it as they stand, since
    a term may hide them, and terms by what the lexicon made of them.
    """
    return bool(tagged.sorts & _SORTS) or has_word(lower)


def has_word(lower: str) -> bool:
    """True if a lower-case sentence has a word of synchronization."""
    for index, start, end in _STEMS.find_matches_as_indexes(lower, overlapping=True):
        if start and "a" <= lower[start - 1] <= "z":
            continue
        if index >= len(WORDS) or not "a" <= lower[end : end + 1] <= "z":
            return True
    return _PHRASES.search(lower) is not None or _ORDERS.search(lower) is not None
