"""Interrupts off, said to hold back TLB flushes."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.machines import says_which
from reviewer.judging.machines import spoken_of
from reviewer.judging.scenario import judge, load
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Decision, Evidence, Severity, Verdict, unknown
from reviewer.world import World


class IrqsOffBlockFlush(Rule):
    """Holding interrupts off is taken to hold back TLB flushes on other CPUs.

    Why it breaks: that is true only while the flush is an IPI that this CPU must take. A broadcast
    instruction completes whatever the interrupt state, and a paravirtual flush skips a vCPU that
    is not running, which then flushes when it is entered again.

    Where it still holds: on machines whose remote flush is an IPI (bare-metal x86, 32-bit
    mips, sh, loongarch).

    Write instead: the ordering of the accesses that makes the code right without it, or the wait
    that is really there.

    Limits: the claim is judged on all machines that the path and the preprocessor conditions of
    the code admit; what user-space MMU notifiers do is not modelled.

    References: arch/x86/kernel/kvm.c kvm_flush_tlb_multi(), arch/mips/kernel/smp.c
    flush_tlb_page(), include/linux/pgtable.h ptep_get_lockless().
    """

    name = "irqs-off-block-flush"
    family = "tlb"
    since = "0.1"
    severity = Severity.MEDIUM
    reads = (Reads(Kind.EXCLUDES, subject=("irq-off",), object=("tlb-flush",)),)
    stale = (
        Example(
            """
            #ifdef CONFIG_GUP_GET_PXX_LOW_HIGH
            /*
             * The entry cannot be replaced without a TLB flush in between, which we
             * are blocking by holding interrupts off.
             */
            static inline pte_t read_both_halves(pte_t *ptep)
            {
                    pte_t pte;

                    pte.pte_low = READ_ONCE(ptep->pte_low);
                    pte.pte_high = READ_ONCE(ptep->pte_high);
                    return pte;
            }
            #endif
            """,
            words="blocking by holding interrupts off",
            breaks="reason",
            broken_on=("x86-pae-kvm",),
        ),
    )
    sound = (
        Example(
            """
            /* On loongarch, disabling interrupts blocks TLB flushes of other CPUs. */
            static inline pte_t read_entry(pte_t *ptep)
            {
                    return READ_ONCE(*ptep);
            }
            """
        ),
        Example(
            """
            /* Interrupts are off, which blocks TLB flushes of other CPUs here. */
            static inline pte_t read_entry(pte_t *ptep)
            {
                    return READ_ONCE(*ptep);
            }
            """,
            path="arch/sh/mm/example.c",
        ),
        Example(
            """
            /* Disabling interrupts does not block TLB flushes on every machine. */
            static inline pte_t read_entry(pte_t *ptep)
            {
                    return READ_ONCE(*ptep);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Run a flush against a section with interrupts off on each machine admitted."""
        if says_which(claim):
            return unknown("the comment itself says which machines it speaks of")
        machines = spoken_of(world, claim)
        if not machines:
            return unknown("no machine fits the comment's path and conditions")
        judged = judge(load(self.folder, "flush-excludes-walker"), machines)
        if judged.machines.broken:
            return Verdict(
                Decision.BROKEN,
                "a TLB flush completes while another CPU holds interrupts off on "
                f"{len(judged.machines.broken)} of {len(machines)} machines",
                breaks=Breaks.REASON,
                evidence=Evidence((), judged.witness),
                machines=judged.machines,
            )
        decision = Decision.UNKNOWN if judged.machines.unknown else Decision.AGREES
        return Verdict(
            decision,
            "a flush waits for interrupts to be on again on every machine judged",
            machines=judged.machines,
        )
