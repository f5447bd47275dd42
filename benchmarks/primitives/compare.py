"""Runs drawn programs on the machine and through the simulator, and prints every difference."""

from __future__ import annotations

import argparse
import time

from benchmarks.primitives.language import Statement, litmus, program, shorter
from benchmarks.primitives.machine import Final, Machine
from benchmarks.seeds import seed
from reviewer.errors import KstaleError
from reviewer.mmu.api import Budget, Model, load_model, parse_litmus, simulate

# As the machine does: a spinlock's section is a reader's, and a failed cmpxchg() a barrier.
VARIANTS = ("lock-rcu", "failed-full")
BUDGET = Budget(seconds=20, states=4096, state_rounds=100_000, flag_rounds=0, witness_rounds=0)


def simulated(threads: list[list[Statement]], model: Model) -> set[Final] | None:
    """The simulator's final states; None if it could not list all."""
    found = simulate(parse_litmus(litmus(threads), "random.litmus"), model, BUDGET)
    if not found.states_complete or found.bounded:
        return None
    return {
        frozenset((str(name), value) for name, value in state if isinstance(value, int))
        for state in found.states
    }


def smallest(
    threads: list[list[Statement]], model: Model, *, queues: bool
) -> list[list[Statement]]:
    """The program without the accesses that the difference does not need."""
    for fewer in shorter(threads):
        expected = Machine(fewer, queues=queues).final_states()
        if expected is not None and simulated(fewer, model) not in (None, expected):
            return smallest(fewer, model, queues=queues)
    return threads


def main(argv: list[str]) -> int:
    """Prints the figures; 1 if there is a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=("sc", "tso"), default="sc")
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--from", type=int, default=0, dest="first", help="number of the first")
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--seconds", type=float, default=3600.0, help="stop after so long")
    args = parser.parse_args(argv)
    queues = args.model == "tso"
    model = load_model(args.model, VARIANTS)
    compared = large = different = 0
    start = time.process_time()
    for number in range(args.first, args.first + args.programs):
        threads = program(f"{args.seed}.{number}")
        expected = Machine(threads, queues=queues).final_states()
        try:
            found = None if expected is None else simulated(threads, model)
        except KstaleError as error:
            print(f"program {number}: {error}\n{litmus(threads)}")
            found = None
        if found is None or expected is None:
            large += 1
        else:
            compared += 1
            if found != expected:
                different += 1
                small = smallest(threads, model, queues=queues)
                expected = Machine(small, queues=queues).final_states() or set()
                found = simulated(small, model) or set()
                print(f"program {number}: missing {[sorted(s) for s in expected - found][:2]}")
                print(f"extra {[sorted(s) for s in found - expected][:2]}\n{litmus(small)}")
        if time.process_time() - start > args.seconds:
            break
    spent = time.process_time() - start
    print(
        f"{args.model}, seed {args.seed} from {args.first}: {compared} compared, "
        f"{different} differ, {large} not; {spent:.0f} s"
    )
    return int(different > 0)
