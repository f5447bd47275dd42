"""Commits of a git range as a series, as ``git format-patch`` would send them."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path
from typing import TypeVar

from git import Commit, Repo
from git.exc import GitError, ODBError

from reviewer.errors import InputError, PatchError, TreeError
from reviewer.mail.diff import parse_diff
from reviewer.mail.letters import decode_bytes
from reviewer.mail.limits import MAX_BYTES, MAX_COMMITS
from reviewer.mail.model import Message, Patch, Series

_RANGE = re.compile(r"[A-Za-z0-9_@^~{}./+=,:#%-]+")
_PLAIN = (
    "--no-color", "--no-ext-diff", "--no-textconv", "--full-index", "--src-prefix=a/",
    "--dst-prefix=b/", "--submodule=short",
)  # fmt: skip
"""Nothing that a repository's configuration could run or change."""
_QUOTED = re.compile(r"^\s*stderr: '(.*)'\s*$", re.DOTALL)
"""How GitPython hands over what git said."""
_Value = TypeVar("_Value")


def from_git(repo: str | Path, revisions: str) -> Series:
    """The commits of ``A..B`` (or the one commit that a single revision names), oldest first.

    Merges are left out, as format-patch does. Nothing the repository configures is run (external
    diff drivers, text conversion). Raises InputError for a range that is empty, malformed or looks
    like an option, TreeError when ``repo`` is no git repository.
    """
    git = _open(repo)
    shas = _commits(git, revisions)
    patches: list[Patch] = []
    notes: list[str] = []
    failed: list[str] = []
    for number, sha in enumerate(shas, 1):
        message = _message(git.commit(sha), sha, number, len(shas), _diff(git, revisions, sha))
        try:
            diff = parse_diff(message.source, message.body)
        except PatchError as error:
            failed.append(str(error))
            continue
        if not diff.files:
            notes.append(f"{message.source} changes no file")
            continue
        omitted = tuple(str(error) for error in diff.omitted)
        patches.append(
            Patch(message, number, len(shas), diff.files, False, diff.notes, omitted=omitted)
        )
    subject = patches[0].message.subject if len(patches) == 1 else revisions
    return Series(subject, 1, None, tuple(patches), tuple(notes), tuple(failed))


def from_index(repo: str | Path) -> Series:
    """What is staged for the next commit, as a series of one patch on HEAD.

    Raises InputError if nothing is staged, TreeError when ``repo`` is no git repository.
    """
    git = _open(repo)
    diff = _run("the index", lambda: git.git.diff(
        "--cached", "-p", "-M", *_PLAIN, "HEAD", stdout_as_string=False,
        strip_newline_in_stdout=False,
    ))  # fmt: skip
    assert isinstance(diff, bytes)
    if len(diff) > MAX_BYTES:
        raise InputError("the index", 0, f"what is staged is larger than {MAX_BYTES} bytes")
    if not diff.strip():
        raise InputError("the index", 0, "nothing is staged")
    subject = "what is staged"
    message = Message(
        "the index", subject, "", "", "", "", (), (), (), diff.decode("utf-8", "surrogateescape")
    )
    found = parse_diff(message.source, message.body)
    omitted = tuple(str(error) for error in found.omitted)
    patch = Patch(message, 1, 1, found.files, False, found.notes, omitted=omitted)
    return Series(subject, 1, None, (patch,) if found.files else ())


def base_of(repo: str | Path, revisions: str) -> str:
    """The commit id of the tree that the first commit of a range changes.

    The empty tree's id stands in for the parent of a root commit. Raises like ``from_git``.
    """
    git = _open(repo)
    first = git.commit(_commits(git, revisions)[0])
    if first.parents:
        return first.parents[0].hexsha
    return str(_run(revisions, lambda: git.git.hash_object("-t", "tree", "/dev/null")))


def _open(repo: str | Path) -> Repo:
    try:
        return Repo(repo, search_parent_directories=True)
    except (GitError, ODBError, OSError) as error:
        raise TreeError(f"{repo}: not a git repository") from error


def _run(revisions: str, call: Callable[[], _Value]) -> _Value:
    try:
        return call()
    except (GitError, ODBError) as error:
        text = getattr(error, "stderr", "") or str(error)
        text = _QUOTED.sub(r"\1", str(text))
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        why = next((line for line in lines if "fatal:" in line), lines[0] if lines else "failed")
        why = why.split("fatal:", 1)[-1].strip()
        raise InputError(revisions, 0, f"git cannot read this range: {why}") from error


def _commits(git: Repo, revisions: str) -> list[str]:
    if not revisions or revisions.startswith("-") or not _RANGE.fullmatch(revisions):
        raise InputError(repr(revisions)[:80], 0, "not a git range (A..B or one revision)")
    single = ".." not in revisions and not revisions.endswith(("^!", "^@", "^-"))
    wanted = f"{revisions}^!" if single else revisions
    listed = _run(
        revisions,
        lambda: git.git.rev_list(
            f"--max-count={MAX_COMMITS + 1}",
            "--no-merges",
            "--topo-order",
            "--reverse",
            "--end-of-options",
            wanted,
            "--",
        ),
    )
    shas = str(listed).split()
    if not shas:
        raise InputError(revisions, 0, "no commits in this range")
    if len(shas) > MAX_COMMITS:
        raise InputError(revisions, 0, f"more than {MAX_COMMITS} commits in this range")
    return shas


def _diff(git: Repo, revisions: str, sha: str) -> str:
    data = _run(
        revisions,
        lambda: git.git.diff_tree(
            "-p",
            "--root",
            "-M",
            "--no-commit-id",
            *_PLAIN,
            sha,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
        ),
    )
    assert isinstance(data, bytes)
    if len(data) > MAX_BYTES:
        raise InputError(revisions, 0, f"commit {sha[:12]} is larger than {MAX_BYTES} bytes")
    return data.decode("utf-8", "surrogateescape")


def _message(commit: Commit, sha: str, number: int, total: int, diff: str) -> Message:
    text = commit.message
    words = decode_bytes(text, "") if isinstance(text, bytes) else text
    title, _, rest = words.strip("\n").partition("\n")
    mark = "[PATCH]" if total == 1 else f"[PATCH {number}/{total}]"
    author = commit.author
    return Message(
        source=sha[:12],
        subject=f"{mark} {title}",
        sender=f"{author.name or ''} <{author.email or ''}>".strip(),
        date=format_datetime(commit.authored_datetime),
        message_id="",
        in_reply_to="",
        references=(),
        to=(),
        cc=(),
        body=f"{rest.strip()}\n---\n\n{diff}".lstrip("\n"),
    )
