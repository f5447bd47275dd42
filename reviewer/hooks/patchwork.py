"""Patchwork's REST API, as far as checks need it: a series' patches, and a check on each.

The contract is that of Patchwork's own documentation (docs/api, API 1.2 and newer): a check has a
state (pending, success, warning, fail), a context that is a slug, a description and a target_url,
and ``POST /api/patches/ID/checks/`` with ``Authorization: Token …`` adds one.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from reviewer.errors import KstaleError
from reviewer.mail.limits import MAX_BYTES

CONTEXT = "kstale"
TOKEN = "PATCHWORK_TOKEN"
"""The variable of the environment that has the token."""
_SECONDS = 60
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,255}")
_DESCRIPTION = 500
"""Characters of a description; it is shown in one cell of a table."""


class PatchworkError(KstaleError):
    """The server cannot be reached, refuses, or answers what no Patchwork does."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A patch as the server lists it."""

    id: int
    message_id: str
    """With its angle brackets, as mails have it."""
    name: str


@dataclass(frozen=True, slots=True)
class Check:
    """What is said of a patch."""

    state: str
    description: str
    context: str = CONTEXT
    target_url: str = ""


class Server:
    """One Patchwork. Nothing is sent to another host, and never the token but with a check."""

    def __init__(self, url: str, token: str = "") -> None:
        """Raises PatchworkError for what is no URL, or one that would send a token in the clear."""
        parts = urlsplit(url)
        here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query:
            raise PatchworkError(f"{url}: not the address of a Patchwork server")
        if parts.scheme == "http" and not here:
            raise PatchworkError(f"{url}: https is needed, a token would travel in the clear")
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._token = token
        self._opener = urllib.request.build_opener(_NoRedirect)

    def series(self, number: int) -> tuple[tuple[Listed, ...], bytes]:
        """The patches of a series in order, and all of it as an mbox."""
        found = self._json(f"/api/series/{number}/")
        patches = found.get("patches")
        if not isinstance(patches, list):
            raise PatchworkError(f"{self._base}: series {number} has no list of patches")
        return tuple(map(_listed, patches)), self._get(f"/series/{number}/mbox/")

    def series_of(self, patch: int) -> int:
        """The number of the newest series that has a patch."""
        found = self._json(f"/api/patches/{patch}/").get("series")
        numbers = [one.get("id") for one in found or () if isinstance(one, dict)]
        if not numbers or not isinstance(numbers[-1], int):
            raise PatchworkError(f"{self._base}: patch {patch} is in no series")
        return numbers[-1]

    def add(self, patch: int, check: Check) -> None:
        """Add a check. Raises PatchworkError with what the server says against it."""
        if not _SLUG.fullmatch(check.context):
            raise PatchworkError(f"{check.context}: a context has letters, digits, - and _ alone")
        if not self._token:
            raise PatchworkError(f"no token: {TOKEN} of the environment is empty")
        told = {
            "state": check.state,
            "context": check.context,
            "description": check.description[:_DESCRIPTION],
            "target_url": check.target_url,
        }
        data = json.dumps({name: value for name, value in told.items() if value}).encode()
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        self._get(f"/api/patches/{patch}/checks/", data, headers)

    def _json(self, path: str) -> dict[str, Any]:
        try:
            found = json.loads(self._get(path))
        except ValueError as error:
            raise PatchworkError(f"{self._base}{path}: no JSON") from error
        if not isinstance(found, dict):
            raise PatchworkError(f"{self._base}{path}: not what Patchwork answers")
        return found

    def _get(
        self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        where = self._base + path
        request = urllib.request.Request(where, data, headers or {})
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                body: bytes = answer.read(MAX_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise PatchworkError(f"{where}: {error.code} {_reason(error)}") from error
        except (OSError, ValueError) as error:
            raise PatchworkError(f"{where}: {error}") from error
        if len(body) > MAX_BYTES:
            raise PatchworkError(f"{where}: more than {MAX_BYTES} bytes")
        return body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection would take the token to whoever it names."""

    def redirect_request(self, *_: Any) -> None:
        """None: the answer is an error then."""


def _listed(found: Any) -> Listed:
    try:
        return Listed(int(found["id"]), str(found["msgid"]), str(found["name"]))
    except (KeyError, TypeError, ValueError) as error:
        raise PatchworkError("a patch of the series has no id, msgid or name") from error


def _reason(error: urllib.error.HTTPError) -> str:
    """What the server says in its answer, in one line."""
    try:
        found = json.loads(error.read(10_000))
    except (ValueError, OSError):
        return str(error.reason)
    if isinstance(found, dict):
        said = (f"{name}: {words}" for name, words in found.items())
        return "; ".join(said)[:300] or str(error.reason)
    return str(error.reason)
