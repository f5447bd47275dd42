"""Two paths on which the same happened become one: what differs is not known any more."""

from __future__ import annotations

from dataclasses import replace

from reviewer.evidence.models.frames import State
from reviewer.evidence.models.values import Value


def joined(one: State, other: State) -> State:
    """Two paths on which the same happened: what differs is not known any more.

    If they differ further back, the first one is kept as it is: its registers are its own.
    """
    if one.last is not other.last:
        return one
    env = dict(one.env)
    for key, value in other.env.items():
        known = env.get(key)
        env[key] = value if known is None else joint(known, value)
    return replace(one, env=env, registers=max(one.registers, other.registers))


def joint(one: Value, other: Value) -> Value:
    if one == other:
        return one
    return Value(
        text=one.text if one.text == other.text else f"{one.text}|{other.text}"[:60],
        exact=one.exact if one.exact == other.exact else "",
        deps=one.deps | other.deps,
        place=one.place if one.place == other.place else None,
        struct=one.struct if one.struct == other.struct else "",
    )
