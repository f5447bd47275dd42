"""Bounds on what strangers may send: past each of them reading stops with a clear error."""

from __future__ import annotations

MAX_BYTES = 64 * 1024 * 1024
"""Largest mail, mailbox or diff read in one go, in bytes."""

MAX_MESSAGES = 5_000
"""Most messages in one mailbox."""

MAX_PARTS = 200
"""Most MIME parts looked at in one message."""

MAX_FILES = 5_000
"""Most files in one patch."""

MAX_HUNKS = 20_000
"""Most hunks in one patch."""

MAX_FILE_HUNKS = 4_000
"""Most hunks in one file of a patch."""

MAX_HEADER = 20_000
"""Characters of a header that are looked at."""

MAX_NAME = 400
"""Characters of one person, date or message id that are kept."""

MAX_PEOPLE = 500
"""Recipients kept of each header."""

MAX_DEPTH = 12
"""Deepest quoting (levels of ``>``) in which a patch is looked for."""

MAX_COMMITS = 1_000
"""Most commits in one git range."""
