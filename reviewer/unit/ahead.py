"""A question that a copy of this process answers while it does something else first."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from reviewer.unit.worker import follow

_begun: dict[str, tuple[int, int]] = {}
"""The copy that answers each question, and where it writes."""


def begin(question: str, work: Callable[[], bool]) -> None:
    """Have a copy of this process, which ends with it, find the answer.

    Where none is to be had, whoever asks will find it.
    """
    if question in _begun:
        return
    parent = os.getpid()
    reader, writer = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return
    if process:
        os.close(writer)
        _begun[question] = process, reader
        return
    try:
        follow(parent)
        os.close(reader)
        os.write(writer, bytes((work(),)))
    finally:
        os._exit(0)  # what the parent has set up is the parent's to end


def answer(question: str) -> bool | None:
    """The answer of the copy that was begun, which is given once; None if there is none."""
    process, reader = _begun.pop(question, (0, -1))
    if not process:
        return None
    try:
        said = os.read(reader, 1)
    finally:
        os.close(reader)
        with suppress(ChildProcessError):
            os.waitpid(process, 0)
    return bool(said[0]) if said else None
