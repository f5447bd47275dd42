"""Comments of one phrase over and over: does any cost more than half a second of a scan?

    python -m benchmarks.repeated [--seed N] [--inputs N] [--kilobytes N] [--over SECONDS]

Half of the inputs are examples of the rules whose comment says its words again and again, up to
``--kilobytes``: what a rule answers, it is made to answer often. The other half are phrases that
the grammar's frames and the patterns have as examples, one to three in turn, over a function, in
it, or on a member of a struct. Phrases are joined by a full stop, a comma, "and", a new line or a
list item. Each input goes through the whole ``scan``, in a tree of its own, in this process, where
a warm-up has imported and compiled everything.

It prints the inputs that took more than ``--over`` seconds of processor time, the slowest first,
and ends with status 1 if there were any. The same seed makes the same inputs.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from textwrap import dedent
from time import process_time

from benchmarks.seeds import seed
from reviewer.cli.main import main as command_line
from reviewer.review.bench import prepare
from reviewer.review.model import Selection

CLAIMS = Path(__file__).resolve().parents[1] / "reviewer" / "claims"
_JOINTS = (". ", ", ", " and ", " ", " or ", "; ", " so that ", ".\n * ", "\n * - ", ".\n *\n * ")
_COMMENT = re.compile(r"/\*(?!!)(?P<text>(?:[^*]|\*(?!/))*)\*/")
_HOST = """\
struct foo {{
	spinlock_t lock;
	{member}
	int count;
	struct list_head list;
}};

static DEFINE_MUTEX(foo_lock);

{head}
static int foo(struct foo *foo)
{{
	spin_lock(&foo->lock);
	{body}
	foo->count++;
	smp_wmb();
	WRITE_ONCE(foo->count, bar(foo));
	flush_tlb_all();
	spin_unlock(&foo->lock);
	return 0;
}}

int bar(struct foo *foo)
{{
	int count;

	mutex_lock(&foo_lock);
	count = READ_ONCE(foo->count);
	smp_rmb();
	rcu_read_lock();
	list_for_each_entry_rcu(foo, &foo->list, list)
		foo_free(foo);
	rcu_read_unlock();
	mutex_unlock(&foo_lock);
	return foo(foo);
}}
"""


@dataclass(frozen=True, slots=True)
class Input:
    """One tree: its files, and what its long comment says."""

    name: str
    files: Mapping[str, str]


def phrases() -> list[str]:
    """The sentences that the grammar and the patterns have as examples."""
    found = set()
    for file, table in (("grammar/grammar.toml", "frame"), ("patterns.toml", "pattern")):
        for row in tomllib.loads((CLAIMS / file).read_text(encoding="utf-8"))[table]:
            for one in row.get("examples", ()):
                found.add(one if isinstance(one, str) else one[0])
    return sorted(found)


def repeated(said: list[str], joint: str, size: int) -> str:
    """The phrases in turn until they are ``size`` characters."""
    once = joint.join(one.rstrip(".") for one in said) + joint
    return once * (size // len(once) + 1)


def inputs(count: int, size: int, chance: random.Random) -> Iterator[Input]:
    """``count`` inputs; see above."""
    said = phrases()
    examples = [
        (rule.name, example)
        for rule in prepare(Selection()).rules
        for example in (*rule.stale, *rule.sound)
    ]
    while count > 0:
        joint = chance.choice(_JOINTS)
        name, example = chance.choice(examples)
        code = dedent(example.code)
        comments = list(_COMMENT.finditer(code))
        if comments:
            picked = chance.choice(comments)
            words = " ".join(picked["text"].replace("\n *", "\n").split())
            text = repeated([words], joint, size)
            long = f"{code[: picked.start()]}/*\n * {text}\n */{code[picked.end() :]}"
            yield Input(f"{name} {joint!r} {words[:90]}", {**example.files, example.path: long})
            count -= 1
        few = chance.sample(said, chance.choice((1, 1, 2, 3)))
        place = chance.choice(("head", "body", "member"))
        text = repeated(few, joint, size)
        places = dict.fromkeys(("head", "body", "member"), "") | {place: f"/*\n * {text}\n */"}
        yield Input(f"{place} {joint!r} {few}", {"mm/foo.c": _HOST.format(**places)})
        count -= 1


def seconds(one: Input) -> float:
    """Processor time of a scan."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        (tree / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n", encoding="utf-8")
        (tree / "Kbuild").touch()
        for path, text in one.files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text, encoding="utf-8")
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
            begin = process_time()
            status = command_line(["scan", name, "--jobs", "1"])
            took = process_time() - begin
        if status not in {0, 1}:
            raise SystemExit(f"{one.name}: exit status {status}: {said.getvalue()}")
    return took


def measured(one: Input, over: float) -> float:
    """Processor time of a scan; of two if the first was slow, and may have loaded a model."""
    first = seconds(one)
    return first if first <= over else min(first, seconds(one))


def main() -> int:
    """Run the inputs, print the slow ones and a line of counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--inputs", type=int, default=200)
    parser.add_argument("--kilobytes", type=int, default=96)
    parser.add_argument("--over", type=float, default=0.5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as store:
        os.environ["KSTALE_CACHE"] = store
        for one in inputs(40, 400, random.Random("warm")):
            seconds(one)
        chance = random.Random(arguments.seed)
        took = [
            (measured(one, arguments.over), one.name)
            for one in inputs(arguments.inputs, arguments.kilobytes * 1000, chance)
        ]
    took.sort(reverse=True)
    slow = [(cost, name) for cost, name in took if cost > arguments.over]
    for cost, name in slow:
        print(f"{cost:6.2f}  {name}")
    middle = took[len(took) // 2][0] if took else 0.0
    print(f"{len(took)} inputs, seed {arguments.seed}: {len(slow)} over {arguments.over} s")
    print(f"middle {middle:.2f} s, slowest {took[0][0] if took else 0.0:.2f} s")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
