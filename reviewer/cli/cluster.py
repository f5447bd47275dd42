"""A Dask cluster in place of worker processes of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from reviewer.errors import KstaleError


@contextmanager
def cluster(address: str) -> Iterator[Executor | None]:
    """The executor of the scheduler at an address; None for ''.

    Raises KstaleError if Dask is not installed or nobody answers.
    """
    if not address:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise KstaleError("--cluster needs Dask: pip install 'kstale[cluster]'") from error
    try:
        client: Any = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise KstaleError(f"{address}: no Dask scheduler answers: {error}") from error
    with client:
        yield client.get_executor(retries=2)
