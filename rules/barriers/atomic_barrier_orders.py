"""smp_mb__before_atomic() and smp_mb__after_atomic() beside an operation they do nothing for."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.judging.barriers import Order, order_of
from reviewer.judging.statements import Statement, following, preceding
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind
from reviewer.verdict import Breaks, Location, Severity, Verdict, broken, holds, unknown
from reviewer.world import World

_BARRIER = re.compile(rb"\s*smp_mb__(before|after)_atomic\s*\(\s*\)\s*;")
_REACH = 400
_SIMPLE = re.compile(r"\w*(?:atomic|refcount|local|test_bit|READ_ONCE|WRITE_ONCE)\w*", re.I)


class AtomicBarrierOrders(Rule):
    """smp_mb__before_atomic() or smp_mb__after_atomic() is taken to be a barrier by itself.

    Why it breaks: these two only strengthen an atomic read-modify-write that has no order of its
    own. Beside atomic_set(), atomic_read(), test_bit() or a plain marked access they promise
    nothing, and on x86 they are no instruction at all. A comment that says what is ordered here
    is then wrong, and the code has a race.

    Where it still holds: before or after a read-modify-write: atomic_inc(), set_bit(),
    atomic_dec_return_relaxed(). Next to a value-returning one they are needless but harmless.

    Write instead: smp_mb(), or an acquire load or release store where that is enough, with the
    partner named.

    Limits: only the statement directly beside the barrier is looked at, and only if all its
    calls are known primitives and none of them a read-modify-write.

    References: Documentation/atomic_t.txt, "ORDERING"; Documentation/atomic_bitops.txt.
    """

    name = "atomic-barrier-orders"
    family = "barriers"
    since = "0.1"
    severity = Severity.MEDIUM
    reads = (Reads(Kind.ORDERS), Reads(Kind.PAIRS))
    patterns = (
        Pattern(
            "barrier-so-that",
            Kind.ORDERS,
            r"{object:barrier} (?:here |(?:is|are) (?!not |no |never |un|redundant|superfluous)"
            r"|to (?!be )|so |needed |required |before|after)",
            detail=(("force", "loose"),),
        ),
        Pattern(
            "ensure-visible",
            Kind.ORDERS,
            r"(?:ensure|ensures|make sure|guarantee|guarantees)(?: that)? (?:the |new |all |any )*"
            r"{object:any} [^.;]{0,60}?\b(?:visible|seen|observed|set|before|after)\b",
            detail=(("force", "loose"),),
        ),
        Pattern(
            "orders-something",
            Kind.ORDERS,
            r"(?<!-)\border(?:s|ing(?! {term:barrier}))? (?:the )?"
            r"(?:store to |load of |read of |write to )?{object:any}",
            detail=(("force", "loose"),),
        ),
        Pattern(
            "only-after",
            Kind.ORDERS,
            r"(?:update|fetch|read|load|store|write|latest) [^.;]{0,60}?\b(?:earlier|only after)\b",
            detail=(("force", "loose"),),
        ),
    )
    stale = (
        Example(
            """
            static void stork_ready(struct stork *s)
            {
                    s->nest = 1;
                    /* Order the store to s->nest before the counter becomes visible. */
                    smp_mb__before_atomic();
                    atomic_set(&s->ready, 1);
            }
            """,
            words="Order the store to s->nest",
            breaks="result",
        ),
        Example(
            """
            static int stork_is_ready(struct stork *s)
            {
                    int ready = atomic_read(&s->ready);

                    /* This barrier pairs with smp_wmb() in stork_ready(). */
                    smp_mb__after_atomic();
                    return ready;
            }
            """,
            words="pairs with smp_wmb() in stork_ready()",
        ),
    )
    sound = (
        Example(
            """
            static void stork_ready(struct stork *s)
            {
                    s->nest = 1;
                    /* Order the store to s->nest before the counter becomes visible. */
                    smp_mb__before_atomic();
                    atomic_inc(&s->ready);
            }
            """
        ),
        Example(
            """
            static void stork_wake(struct stork *s)
            {
                    clear_bit(STORK_BUSY, &s->flags);
                    /* This barrier pairs with the one in stork_wait(). */
                    smp_mb__after_atomic();
                    wake_up_bit(&s->flags, STORK_BUSY);
            }
            """
        ),
        Example(
            """
            static void stork_ready(struct stork *s)
            {
                    s->nest = 1;
                    stork_count(s);
                    /* Order the store to s->nest before the load of s->sky. */
                    smp_mb__after_atomic();
                    look(s->sky);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the operation beside the barrier is known and no read-modify-write."""
        anchor = claim.comment.anchor
        if anchor.kind not in {AnchorKind.STATEMENTS, AnchorKind.BRANCH, AnchorKind.LINE}:
            return None
        end = claim.comment.end_byte
        match = _BARRIER.match(world.source.code(end, end + _REACH))
        if match is None:
            return None
        side = match[1].decode()
        if side == "before":
            beside = following(world.source, end + match.end())
        else:
            beside = preceding(world.source, end + match.start())
        name = f"smp_mb__{side}_atomic"
        if beside is None:
            return unknown(f"no simple statement {side} {name}()")
        operation = _operation(beside)
        if operation is None:
            return unknown(f"{beside.text[:40]} is no operation that kstale knows")
        if operation == "":
            where = Location(world.path, beside.line, beside.text[:40])
            return holds(f"{name}() stands beside an atomic read-modify-write", where)
        here = world.source.line_of(end + match.end() - 1)
        return broken(
            f"{name}() orders nothing here: it only strengthens an atomic read-modify-write, and "
            f"{operation}() is none. The order that the comment speaks of is not given.",
            Location(world.path, here, f"{name}()"),
            Location(world.path, beside.line, f"{operation}() is no read-modify-write"),
            breaks=Breaks.RESULT,
        )


def _operation(beside: Statement) -> str | None:
    """The primitive that is no read-modify-write; '' if there is one that is; None if unknown."""
    found = ""
    for name in beside.calls:
        order = order_of(name)
        if order is None:
            if name in {"if", "while", "unlikely", "likely", "WARN_ON", "WARN_ON_ONCE"}:
                continue
            return None
        if (Order.READ in order and Order.WRITE in order) or Order.MB in order:
            return ""
        if _SIMPLE.fullmatch(name):
            found = name
    return found or None
