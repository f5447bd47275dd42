"""Which C names and which words name a lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.claims.terms import Found

MODES = {
    **dict.fromkeys(("write", "writes", "writing", "writer", "exclusive", "exclusively"), "write"),
    **dict.fromkeys(("read", "reads", "reading", "reader", "shared"), "read"),
}
"""How a lock is held, in the words that say so."""
_LOCK_NAME = re.compile(
    r"(?:(?<!un)(?<!try)(?<!dead)(?<!live)(?<!\Bb)(?<!\Bc)(?<!\bb)(?<!\bc)lock"
    r"|lock_?ptr|mutex|_r?w?sem|_lck|_mtx|rwsem|_rwlock|_spin|_sema)\Z"
)
_LOCK_VERBS = re.compile(
    r"(?:raw_)?(?:spin|read|write|mutex|rt_mutex|rcu_read|srcu_read|bit_spin|local|seq)_(?:un)?lock"
    r"|lock|spinlock|unlock|trylock"
)
_PROSE_LOCK = re.compile(
    r"\b(?P<word>[A-Za-z][\w.>*'-]*) "
    r"(?P<lock>spin ?locks?|locks?|mutex(?:es)?|semaphores?|rwsem"
    r"|rwlock|rw_semaphore|seqlock)\b(?! (?:class|order|inversion|type|contention|dependency"
    r"|holder|owner|bit|word|free|acquisition|stealing|step|primitive|cookie|context|manager|up\b))",
    re.IGNORECASE,
)
_NAMED_NEXT = re.compile(r" \(?[*&@]?(?:\w+->|\w+\.)*\w*(?:->\w+|_(?:r?w?lock|mutex|sem|rwsem))\b")
_NOT_LOCK_WORD = frozenset(
    """
    a an the this that these those any no some all each every both either neither one two same
    other another which what whose our its their his your my of to and or with without by under
    in on at for from into as is be are was were not such first second outer inner new old only
    also just own proper right appropriate relevant necessary needed required corresponding
    respective given following single main global local big fine-grained coarse sleeping nested
    spinning read write reader writer exclusive shared per-cpu percpu take takes took taking
    hold holds holding held grab grabs grabbing acquire acquires acquiring acquired drop drops
    dropping release releases releasing released get gets must should may can will would could
    we they it need needs use uses using extra additional normal usual real raw plain multiple
    different several more less most many few lost file lease dead soft hard posix flock
    byte-range advisory mandatory spin mutex rw rt kernel code then so if when while until
    before after because via still already always never don't doesn't dlm mlock cluster cap
    assume assumes assumed require requires required requiring expect expects ensure ensures
    called calling if unless where since try tries unlock unlocks only keep keeps keeping without
    initialize initialise initializes simple common fair full dedicated separate
    whether nor within inside outside overall final correct certain similar possible explicit
    internal individual various special contended borrowed
    quick slow fast caller's called calls call protected related associated specific generic
    """.split()  # noqa: SIM905 - a hundred words read better as text
)
_THE_LOCK = re.compile(
    r"\b(?:the|this|that|our|its|same|a|any) "
    r"(?:appropriate |relevant |corresponding |right |proper )?"
    r"(?P<lock>lock|mutex|semaphore|spin ?lock|rwsem|rwlock|seqlock|locks)\b(?!-(?:free|less))"
    r"(?! (?:class|order|inversion|type|contention|dependency|holder|owner|bit|word))",
    re.IGNORECASE,
)


def lock_name(expression: str) -> str:
    """The last component of a C expression if it names a lock, else ''."""
    last = re.split(r"->|\.|::", expression.strip())[-1].rstrip("()")
    if not re.fullmatch(r"\w+", last) or (_LOCK_VERBS.fullmatch(last) and last == expression):
        return ""
    return last if _LOCK_NAME.search(last) else ""


def prose_locks(text: str) -> Iterator[Found]:
    """Locks that words name: ``the lock``, ``zone lock``."""
    for match in _THE_LOCK.finditer(text):
        if _NAMED_NEXT.match(text, match.end()):
            continue
        yield Found(match.start("lock"), match.end("lock"), "lock", "lock")
    for match in _PROSE_LOCK.finditer(text):
        word = match["word"].lower()
        named = "" if word.isalpha() else lock_name(match["word"])
        if named:  # "foo->lock spinlock" is that lock
            yield Found(match.start(), match.end(), "lock:" + named, "lock", match["word"])
            continue
        if _NAMED_NEXT.match(text, match.end()):
            continue  # "the per-file lock p->f_lock": its name follows
        if word in _NOT_LOCK_WORD or word.endswith(("ly", "ing", "'s")) or len(word) < 2:
            continue
        yield Found(match.start(), match.end(), "lock:" + word, "lock")
