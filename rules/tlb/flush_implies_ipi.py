"""A TLB flush said to send an IPI."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.flushes import says_that_it_interrupts
from reviewer.claims.wording.machines import says_which
from reviewer.judging.machines import spoken_of
from reviewer.judging.scenario import judge, load
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Decision, Evidence, Location, Severity, Verdict, unknown
from reviewer.world import World


class FlushImpliesIpi(Rule):
    """A TLB flush is taken to interrupt the other CPUs.

    Why it breaks: on many machines a remote flush is a broadcast instruction or a hypercall, and
    a hypervisor only flags a preempted vCPU. Nothing interrupts the CPUs then, so neither
    interrupts-off sections nor anything else that an interrupt would wait for is waited for.

    Where it still holds: below ``arch/`` of an architecture whose every machine flushes by IPI,
    or under preprocessor conditions that leave only such machines.

    Write instead: which machines send an IPI, or what is waited for in fact
    (tlb_remove_table_sync_one() sends one for just that).

    Limits: only what a comment asserts of flushes in general, or of flushes of the machines that
    its sentence names, is judged; a function that sends the IPI itself is not contradicted.

    References: arch/arm64/include/asm/tlbflush.h, arch/x86/kernel/kvm.c kvm_flush_tlb_multi(),
    arch/powerpc/mm/book3s64/radix_tlb.c.
    """

    name = "flush-implies-ipi"
    family = "tlb"
    since = "0.1"
    severity = Severity.MEDIUM
    reads = (Reads(Kind.IMPLIES, subject=("tlb-flush",), object=("ipi",)),)
    stale = (
        Example(
            """
            /* A TLB flush interrupts all other CPUs on arm64, as it does on x86. */
            static void retire_entry(struct vm_area_struct *vma, pte_t *ptep)
            {
                    ptep_clear_flush(vma, vma->vm_start, ptep);
            }
            """,
            words="TLB flush interrupts all other CPUs",
            broken_on=("arm64", "x86-64-kvm"),
        ),
        Example(
            """
            /* The TLB flush sends an IPI to all CPUs, which waits for lockless users. */
            static void retire_entry(struct vm_area_struct *vma, pte_t *ptep)
            {
                    ptep_clear_flush(vma, vma->vm_start, ptep);
            }
            """,
            words="TLB flush sends an IPI",
            broken_on=("arm64", "x86-64-kvm"),
        ),
    )
    sound = (
        Example(
            """
            /* On loongarch and bare-metal x86-64 a TLB flush sends IPIs. */
            static void retire_entry(struct vm_area_struct *vma, pte_t *ptep)
            {
                    ptep_clear_flush(vma, vma->vm_start, ptep);
            }
            """
        ),
        Example(
            """
            /* The TLB flush sends an IPI to all CPUs, which waits for lockless users. */
            static void retire_entry(struct vm_area_struct *vma, pte_t *ptep)
            {
                    ptep_clear_flush(vma, vma->vm_start, ptep);
            }
            """,
            path="arch/loongarch/mm/example.c",
        ),
        Example(
            """
            /*
             * Machines that use IPIs for a TLB flush need no more: the TLB flush sends
             * an IPI and waits.
             */
            static void retire_entry(struct vm_area_struct *vma, pte_t *ptep)
            {
                    ptep_clear_flush(vma, vma->vm_start, ptep);
            }
            """
        ),
        Example(
            """
            /* One day we could have a special IPI for flushing TLBs. */
            static void retire_entry(struct vm_area_struct *vma, pte_t *ptep)
            {
                    ptep_clear_flush(vma, vma->vm_start, ptep);
            }
            """
        ),
        Example(
            """
            /* If the TLB flush sends an IPI, we are done; else wait for a grace period. */
            static void retire_entry(struct vm_area_struct *vma, pte_t *ptep)
            {
                    ptep_clear_flush(vma, vma->vm_start, ptep);
                    synchronize_rcu();
            }
            """
        ),
        Example(
            """
            /* A TLB flush sends an IPI here, since the callback below does. */
            static void retire_entry(struct vm_area_struct *vma, pte_t *ptep)
            {
                    ptep_clear_flush(vma, vma->vm_start, ptep);
                    smp_call_function(nothing, NULL, 1);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Run a flush against a section with interrupts off on each machine admitted."""
        if claim.get("implicit") or not says_that_it_interrupts(claim):
            return None
        if says_which(claim):
            return unknown("the comment itself says which machines it speaks of")
        function = world.function(claim)
        if function is not None and world.function_facts(function).having("ipi"):
            return unknown("the code sends an IPI itself")
        machines = spoken_of(world, claim)
        if not machines:
            return unknown("no machine fits the comment's path and conditions")
        judged = judge(load(self.folder, "flush-excludes-walker"), machines)
        if judged.machines.broken:
            return Verdict(
                Decision.BROKEN,
                f"a TLB flush completes without an interrupt on {len(judged.machines.broken)} of "
                f"{len(machines)} machines",
                breaks=Breaks.REASON,
                evidence=Evidence(_facts(judged.machines.broken), judged.witness),
                machines=judged.machines,
            )
        decision = Decision.UNKNOWN if judged.machines.unknown else Decision.AGREES
        return Verdict(
            decision, "every machine judged interrupts its targets", machines=judged.machines
        )


def _facts(names: tuple[str, ...]) -> tuple[Location, ...]:
    """Where the kernel shows how the first of the machines flushes."""
    from reviewer.mmu.machine import machine

    found = machine(names[0])
    return tuple(
        Location(one.path, one.line, f"{found.name} flushes so (Linux 6.12): {one.text}")
        for fact in found.facts
        if fact.name == "flush"
        for one in fact.evidence
    )
