"""Words one of which every claim holds, so that other comments are passed over."""

from __future__ import annotations

from reviewer.claims.lexicon import Lexicon, variants
from reviewer.claims.synchronization import WORDS

_STRONG = (
    "lock",
    "mutex",
    "sem",
    "rcu",
    "irq",
    "interrupt",
    "preempt",
    "sleep",
    "atomic",
    "barrier",
    "()",
    "config_",
    "struct ",
    "->",
    "_",
    "%",
    "@",
    "stable",
    "serializ",
    "serialis",
    "synchron",
    "concurren",
    "wait",
    "wake",
    "woken",
    "race",
    "racing",
    "racy",
    "held",
    "acquire",
    "quiescent",
    "refc",
    "slept",
    "order",
    "critical",
    "visible ",
    "nmi",
    "fence",
    "seqcount",
    "pinn",
    "context",
    ".c",
    ".h",
    ".rst",
    "documentation/",
    "arch/",
    "drivers/",
    "include/",
    "kernel/",
    "linux/",
    "asm/",
    "tools/",
    "scripts/",
    "mm/",
    "fs/",
    "net/",
    "lib/",
)


def trigger_words(lexicon: Lexicon) -> set[str]:
    """The words, lower case; phrases that hold a word of ``_STRONG`` are found by that word."""
    words = set(_STRONG) | set(WORDS)
    for entry in lexicon.entries:
        for phrase in entry.phrases:
            words.update(variants(phrase.lower()))
    return {w for w in words if w in _STRONG or not any(s in w for s in _STRONG)}
