"""What is on or off: interrupts, preemption, bottom halves."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewer.claims.terms import Found

_OFF_AFTER = re.compile(
    r"(?: (?:are|is|be|being|been|have been|has been|already|all|both|both be|must be|to be"
    r"|should be|need to be|has to be|have to be|needs to be|stays?|remains?"
    r"|(?:must|should|has to|have to|needs? to) (?:stay|remain)))*"
    r"[ -](?:disabled?|off|masked|blocked|turned off|switched off)\b"
)
_ON_AFTER = re.compile(
    r"(?: (?:are|is|be|being|been|have been|has been|already|all|both|must be|to be|should be))*"
    r"[ -](?:enabled?|on|unmasked|re-?enabled|turned on)\b"
)
_OFF_BEFORE = re.compile(
    r"\b(?:disabl(?:e|es|ing|ed)|mask(?:s|ing|ed)?|block(?:s|ing)?|turn(?:s|ing)? off)"
    r" (?:the |all |local |both |hard |hardware |of |normal |any )*\Z"
)
_ON_BEFORE = re.compile(r"\b(?:re-?)?enabl(?:e|es|ing|ed) (?:the |all |local |both |hard )*\Z")
_ONE = re.compile(r"\b(?:the|this|that|an|our|its|each)(?: [\w']*\d[\w']*)? \Z")
"""Before one interrupt: that of a device, not what the CPU takes or does not take."""
_MODIFIER = re.compile(r"(?:\A|[^\w'/-])([a-z0-9][\w'-]*) \Z")
_NO_MODIFIER = frozenset(
    """
    with without w/ and or nor but the a an that this these those which since because as while when
    whenever if unless until till once so then than for from in on by at of to under before after
    during has have had having are is be being been was were am get gets all both any our its your
    their no not only also still already now here both either either's sure ensure ensures ensured
    ensuring guarantee guarantees require requires required requiring need needs needed needing
    expect expects expected assume assumes assumed assuming keep keeps keeping kept leave leaves
    leaving left run runs running call calls called calling hold holds holding held want wants
    turn turns turning turned take takes taking disable disables disabled disabling enable enables
    enabled enabling mask masks masked masking unmask unmasked block blocks blocked blocking
    re-enable reenable re-enables reenables re-enabled restore restores save saves allow allows
    local hard hardware hw soft software maskable normal regular external cpu cpu's cpus processor
    system host guest nested further more other new preemption preempt bh softirqs softirq migration
    lock locks locked spinlock mutex irqs interrupts where whether even always never just must
    should may can cannot will note yet though although however hence thus therefore too again
    often usually such once
    """.split()  # noqa: SIM905 - reads better as text
)
"""Words before "interrupts" that do not say whose: what the CPU does or does not take."""
_CALLED_FROM = re.compile(
    r"\b(?:called|invoked|executed|runs?) (?:from|in|by) (?:an? |the |hard )?\Z"
)
_CALLED_BY = re.compile(
    r"\b(?:called|invoked|executed|runs?|run) (?:only |directly )?(?:from|in|by)"
    r" (?:an? |the |our |its )?(?:[\w'-]+ ){0,2}\Z"
)
_HANDLER = re.compile(r" handlers?\b")
_PLACE_ENDS = re.compile(r"(?: (?:and|or|so|which|when|only)\b| *(?:[.,;:)]|\Z))")
_PLACES = frozenset({"irq", "irqs", "interrupt", "interrupts", "hardirq", "softirq", "softirqs"})
_GLUE = re.compile(r" ?(?:,|/|and|or|and/or|&|, and|\+| )? ?(?:local |the |hard |all )?")


def switches(terms: list[Found], lower: str) -> list[Found]:
    """Turn ``interrupts and preemption disabled`` into two contexts, irq-off and preempt-off."""
    if not any(term.sort == "switch" for term in terms):
        return terms
    out = list(terms)
    index = 0
    while index < len(out):
        if out[index].sort != "switch":
            index += 1
            continue
        stop = index + 1
        while (
            stop < len(out)
            and out[stop].sort == "switch"
            and _GLUE.fullmatch(lower, out[stop - 1].end, out[stop].start)
        ):
            stop += 1
        _switch_run(out, index, stop, lower)
        index = stop
    return out


def _of_a_device(term: Found, lower: str) -> bool:
    """True for "the timer interrupts": not what the CPU takes or does not take.

    A noun before the word says whose they are. Of 250 claims in 11,000 files of 6.12 twenty had
    one, all of them a device's.
    """
    before = _MODIFIER.search(lower, max(0, term.start - 30), term.start)
    return term.concept == "irq" and before is not None and before[1] not in _NO_MODIFIER


def _switch_run(out: list[Found], first: int, stop: int, lower: str) -> None:
    if lower[out[first].start : out[first].end] in {"interrupt", "irq"} and _ONE.search(
        lower, max(0, out[first].start - 30), out[first].start
    ):
        out[first] = replace(out[first], concept="interrupt", sort="name")
        return
    if _is_place(out[first], lower):
        soft = lower.startswith("soft", out[first].start)
        out[first] = replace(out[first], concept="softirq" if soft else "hardirq", sort="context")
        return
    handler = _HANDLER.match(lower, out[first].end) if stop == first + 1 else None
    if handler is not None and out[first].concept == "irq" and _is_caller(out[first], lower):
        out[first] = replace(out[first], end=handler.end(), concept="hardirq", sort="context")
        return
    after_off = _OFF_AFTER.match(lower, out[stop - 1].end)
    after_on = _ON_AFTER.match(lower, out[stop - 1].end)
    head = lower[max(0, out[first].start - 60) : out[first].start]
    before_off = _OFF_BEFORE.search(head)
    before_on = _ON_BEFORE.search(head)
    sort = "context"
    if after_off or after_on:
        suffix = "-off" if after_off else "-on"
        match = after_off or after_on
        assert match is not None
        stretched = (stop - 1, replace(out[stop - 1], end=match.end()))
    elif before_off or before_on:
        suffix = "-off" if before_off else "-on"
        match = before_off or before_on
        assert match is not None
        start = out[first].start - (len(head) - match.start())
        sort = "context" if match[0].startswith(("disabled", "enabled", "masked")) else "act"
        if first and start < out[first - 1].end:
            return
        stretched = (first, replace(out[first], start=start))
    else:
        return
    if _of_a_device(out[first], lower):
        out[first] = replace(out[first], concept="interrupt", sort="name")
        return
    out[stretched[0]] = stretched[1]
    for index in range(first, stop):
        out[index] = replace(out[index], concept=out[index].concept + suffix, sort=sort)


def _is_caller(term: Found, lower: str) -> bool:
    """True for "called from the device interrupt handler"."""
    return _CALLED_BY.search(lower, max(0, term.start - 50), term.start) is not None


def _is_place(term: Found, lower: str) -> bool:
    """True for "called from irq", which names the context and switches nothing."""
    return (
        lower[term.start : term.end] in _PLACES
        and _CALLED_FROM.search(lower, max(0, term.start - 30), term.start) is not None
        and _PLACE_ENDS.match(lower, term.end) is not None
    )
