"""How commands that make patches hand them over: as files of a folder, or on standard output."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.escape import escape
from reviewer.report.patches import PatchText


def emit(patches: Sequence[PatchText], folder: Path | None, summary: str) -> None:
    """Write the patches, and the summary where it is in nobody's way.

    Raises KstaleError if the folder cannot be written.
    """
    if folder is None:
        for one in patches:
            sys.stdout.write(one.data.decode("utf-8", "replace") + "\n")
        print(f"kstale: {summary}", file=sys.stderr)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(patches, 1):
            file = folder / f"{number:04}-{one.name}.patch"
            file.write_bytes(one.data)
            print(f"{escape(str(file))}: {escape(one.subject)}")
    except OSError as error:
        raise KstaleError(f"{folder}: cannot be written: {error.strerror}") from error
    print(summary)
