"""What was known before: findings of an older report, or a list of fingerprints."""

from __future__ import annotations

import json
import re
from pathlib import Path

from reviewer.errors import InputError

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def read_baseline(name: str | None) -> frozenset[str]:
    """Fingerprints of a file: a report in JSON, or one a line (# begins a remark).

    Raises InputError if the file is neither.
    """
    if name is None:
        return frozenset()
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is no text"
        raise InputError(name, 0, f"cannot be read: {why}") from error
    if text.lstrip().startswith("{"):
        try:
            return frozenset(one["fingerprint"] for one in json.loads(text)["findings"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(name, 0, "is no report of kstale in JSON") from error
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        word = line.partition("#")[0].strip()
        if word and not _FINGERPRINT.fullmatch(word):
            raise InputError(name, number, "is no fingerprint (16 hex digits)")
        found.update([word] if word else [])
    return frozenset(found)
