"""Relations over events 0..n-1 as one bit mask of successors an event."""

from __future__ import annotations

from collections.abc import Iterator

Rel = list[int]


def bits(mask: int) -> Iterator[int]:
    """The members of a set, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def compose(left: Rel, right: Rel) -> Rel:
    """``left ; right``."""
    out = [0] * len(left)
    seen: dict[int, int] = {}
    for index, row in enumerate(left):
        if row:
            result = seen.get(row)
            if result is None:
                result, rest = 0, row
                while rest:
                    low = rest & -rest
                    result |= right[low.bit_length() - 1]
                    rest ^= low
                seen[row] = result
            out[index] = result
    return out


def inverse(rel: Rel) -> Rel:
    """``rel^-1``."""
    out = [0] * len(rel)
    for index, row in enumerate(rel):
        if not row:
            continue
        bit = 1 << index
        while row:
            low = row & -row
            out[low.bit_length() - 1] |= bit
            row ^= low
    return out


def closure(rel: Rel) -> Rel:
    """``rel+``, the transitive closure."""
    out = rel[:]
    for index in range(len(out)):
        row = out[index]
        if row:
            bit = 1 << index
            row = out[index]
            for other, reach in enumerate(out):
                if reach & bit:
                    out[other] = reach | row
    return out


def domain(rel: Rel) -> int:
    """Events with a successor."""
    mask = 0
    for index, row in enumerate(rel):
        if row:
            mask |= 1 << index
    return mask


def target(rel: Rel) -> int:
    """Events with a predecessor (cat's ``range``)."""
    mask = 0
    for row in rel:
        mask |= row
    return mask


def is_acyclic(rel: Rel) -> bool:
    """No event reaches itself."""
    live = [index for index, row in enumerate(rel) if row]
    mask = 0
    for index in live:
        mask |= 1 << index
    while live:
        rest = [index for index in live if rel[index] & mask]
        if len(rest) == len(live):
            return False
        mask = 0
        for index in rest:
            mask |= 1 << index
        live = rest
    return True


def shortest_cycles(rel: Rel, limit: int) -> list[list[int]]:
    """Up to ``limit`` cycles (lists of events, the first repeated at the end), short ones first.

    No two share their start; longer ones than twice the shortest are left out.
    """
    found: list[list[int]] = []
    covered = 0
    for start in range(len(rel)):
        if covered >> start & 1 or not rel[start]:
            continue
        path = shortest_path(rel, start, start)
        if path is not None:
            found.append(path)
            for event in path:
                covered |= 1 << event
    found.sort(key=len)
    return [path for path in found[:limit] if len(path) <= 2 * len(found[0])]


def shortest_path(rel: Rel, start: int, goal: int) -> list[int] | None:
    """Events of a shortest non-empty path, both ends included; None if there is none."""
    layers = [1 << start]
    frontier = rel[start]
    seen = 0
    bit = 1 << goal
    while frontier and not frontier & bit:
        layers.append(frontier)
        seen |= frontier
        reached = 0
        rest = frontier
        while rest:
            low = rest & -rest
            reached |= rel[low.bit_length() - 1]
            rest ^= low
        frontier = reached & ~seen
    if not frontier:
        return None
    path = [goal]
    at = goal
    for layer in reversed(layers):
        for event in bits(layer):
            if rel[event] >> at & 1:
                at = event
                break
        path.append(at)
    return path[::-1]
