"""Coherence and atomicity that a model asks for in so many words, so that the search can encode
them at once.

An ``acyclic`` check of a union that contains rf, co and fr orders, location by location, the pairs
of its static members (po-loc, or a part of it). An ``empty`` check of rmw & (fre ; coe) lets no
other thread write between the halves of an atomic.
"""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.mmu.cat.compile import CatModel
from reviewer.mmu.cat.evaluate import Execution, Structure
from reviewer.mmu.cat.nodes import Graph, Node
from reviewer.mmu.cat.relations import bits
from reviewer.mmu.events.tree import Tree

Pair = tuple[int, int]


def coherent_pairs(tree: Tree, model: CatModel) -> dict[int | None, list[Pair]]:
    """Pairs of events (of one location) that coherence orders, by the leaf whose path has them.

    None stands for all paths. Empty if the model has no such check.
    """
    for check in model.checks:
        if check.flag or check.kind != "acyclic":
            continue
        if not {"rf", "co", "fr"} <= _contained(model.graph, check.node):
            continue
        fixed = [
            node
            for node in _members(check.node)
            if not node.dynamic and (node.pairwise or node.local)
        ]
        if fixed:
            return _pairs(tree, model.graph, fixed)
    return {}


def asks_atomicity(model: CatModel) -> bool:
    """Whether the model forbids another thread's write between the halves of an atomic."""
    graph = model.graph
    return any(
        check.kind == "empty"
        and not check.flag
        and check.node.op == "inter"
        and _has_rmw(check.node.args[0])
        and check.node.args[1].op == "seq"
        and "fre" in _contained(graph, check.node.args[1].args[0])
        and "coe" in _contained(graph, check.node.args[1].args[1])
        for check in model.checks
    )


def _has_rmw(node: Node) -> bool:
    return any(member.op == "base" and member.name == "rmw" for member in _members(node))


def _pairs(tree: Tree, graph: Graph, nodes: list[Node]) -> dict[int | None, list[Pair]]:
    """Pairs in static relations of one thread: each path is asked, and a pair that is there on
    every path of its events needs none."""
    leaves = tree.leaves()
    lineages = {leaf.number: tree.lineage(leaf.number) for leaf in leaves}
    on_path: dict[Pair, list[int]] = {}
    for leaf in leaves:
        lineage = lineages[leaf.number]
        numbers = [
            event.number for event in tree.events if event.block < 0 or lineage >> event.block & 1
        ]
        structure = Structure(tree, numbers)
        empty = [0] * structure.n
        alone = Execution(structure, graph, empty, empty, empty, 0, ())
        events = structure.events
        same = structure.base_rel("loc")
        memory = structure.base_set("M") & ~structure.base_set("IW")
        for node in nodes:
            rows = alone.rel(node)
            for a in bits(memory):
                for b in bits(rows[a] & same[a] & memory):
                    pair = (events[a].number, events[b].number)
                    paths = on_path.setdefault(pair, [])
                    if not paths or paths[-1] != leaf.number:
                        paths.append(leaf.number)
    found: dict[int | None, list[Pair]] = {}
    through = _through(lineages.values())
    for pair, paths in on_path.items():
        one, two = (tree.events[number].block for number in pair)
        able = (through.get(one, 0) & through.get(two, 0)).bit_count()
        for path in [None] if able == len(paths) else paths:
            found.setdefault(path, []).append(pair)
    return found


def _through(lineages: Iterable[int]) -> dict[int, int]:
    """Of each block which paths lead through it, a bit for each; ``lineages`` have their blocks."""
    found: dict[int, int] = {}
    for number, lineage in enumerate(lineages):
        for block in bits(lineage):
            found[block] = found.get(block, 0) | 1 << number
    return found


def _members(node: Node) -> list[Node]:
    """The operands of nested unions."""
    if node.op != "union":
        return [node]
    return [member for arg in node.args for member in _members(arg)]


def _contained(graph: Graph, node: Node) -> set[str]:
    """Which of rf, co, fr, coe and fre (all of each) an expression surely contains."""
    memo: dict[int, set[str]] = {}

    def lower(at: Node) -> set[str]:
        if at.number not in memo:
            memo[at.number] = _lower(at)
        return memo[at.number]

    def _lower(at: Node) -> set[str]:
        if at.op == "base":
            return {"rf"} if at.name == "rf" else set()
        if at.op == "order":
            return {"co"}
        if at.op == "union":
            return lower(at.args[0]) | lower(at.args[1])
        if at.op == "inter" and at.args[0].op == "base" and at.args[0].name == "ext":
            return {f"{name}e" for name in lower(at.args[1]) & {"co", "fr"}}
        if at.op == "plus":
            return lower(at.args[0])
        if at.op == "diff" and at.args[1] is graph.id:
            return lower(at.args[0]) & {"fr"}
        if at.op != "seq" or at.args[0].op != "inverse":
            return set()
        reads = "rf" in lower(at.args[0].args[0]) and "co" in lower(at.args[1])
        return {"fr"} if reads else set()

    return lower(node)
