"""Which commit took a name, an option or a file away, and what its diff puts in its place."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from reviewer.errors import TreeError
from reviewer.repository import GitError, ask
from reviewer.tree.dialect import Dialect, code_of, dialect, words_of

_WORD = re.compile(r"[A-Za-z_]\w*|\W")
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_SHARE = 0.8
"""A new name has taken an old one's place if it stands in as large a part of the lines that lost
the old one, all else equal. Chosen so that one odd line in five does not hide a rename."""
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//.*|\A\s*\*(?:\s.*|\Z)")
"""Comments of a line seen alone: one that begins with a star and a blank stands inside of one."""
_ABBREVIATED = 12
"""Digits of a commit id in a Fixes: line (Documentation/process/submitting-patches.rst)."""
_DIFF_AT_MOST = 32 << 20
_FORMAT = "--format=%H%x00%cs%x00%s"
_OPTION = "CONFIG_"
_KCONFIG = ("Kconfig*", "*/Kconfig*")
_LOOKED_AT = 16
"""Commits that change how often a name stands, newest first, among which one that takes it away is
looked for: those after it mention the name in new comments."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A commit that took uses of a name from code; ``renamed`` is '' if it writes none instead.

    Of a file ``renamed`` is where the commit moves it.
    """

    commit: str
    subject: str
    date: str
    renamed: str

    @property
    def fixes(self) -> str:
        """The commit as a ``Fixes:`` line names it."""
        return f'Fixes: {self.commit[:_ABBREVIATED]} ("{self.subject}")'


def removal(repository: str, name: str, revision: str = "HEAD", path: str = "") -> Removal | None:
    """The newest commit below ``revision`` that took uses of a name from code.

    The name may stand elsewhere still (``stands_in``). ``path`` limits the search to one file or
    folder. Of ``CONFIG_X`` it is the commit that took the option from Kconfig, of what has a slash
    the one that took the file. None if no commit takes more of it than it brings.
    Raises TreeError if git fails, and for what is neither a C name nor a path.
    """
    if "/" in name:
        return _removal_of_file(repository, name, revision)
    if not _NAME.fullmatch(name):
        raise TreeError(f"{name}: not a name of C")
    if name.startswith(_OPTION):
        symbol = name.removeprefix(_OPTION)
        found = _removal(repository, _defines(symbol), symbol, revision, _where(path, _KCONFIG))
        if found is not None:
            instead = f"{_OPTION}{found.renamed}" if found.renamed else ""
            return replace(found, renamed=instead)
    return _removal(repository, name, name, revision, _where(path))


def _removal(
    repository: str, text: str, name: str, revision: str, where: tuple[str, ...]
) -> Removal | None:
    """The newest commit that took a text with a name from some files."""
    # -S compares how often the text occurs: it names the commits that add or take away.
    log = ["log", "--no-renames", f"-S\\b{text}\\b", "--pickaxe-regex", _FORMAT]
    seen = 0
    for most in (1, _LOOKED_AT):  # mostly the newest is the one, and to find more takes long
        found = _git(repository, *log, f"-{most}", "--end-of-options", revision, *where)
        lines = found.split("\n")[:-1]
        for line in lines[seen:]:
            commit, date, subject = line.split("\0", 2)
            diff = _git(repository, "show", "--no-renames", "-U0", "--format=", commit, *where)
            if _takes(diff, text):
                return Removal(commit, subject, date, successor(diff, name))
        if len(lines) < most:
            break
        seen = len(lines)
    return None


def _removal_of_file(repository: str, path: str, revision: str) -> Removal | None:
    """The commit that took a file, or the last of a folder; None if it is there or never was."""
    path = path.strip("/")
    if _git(repository, "ls-tree", "--full-tree", "--end-of-options", revision, path):
        return None
    log = ("log", "-1", "--no-renames", "--diff-filter=D", _FORMAT, "--end-of-options", revision)
    line = _git(repository, *log, "--", f":(top,literal){path}").rstrip("\n")
    if not line:
        return None
    commit, date, subject = line.split("\0", 2)
    moves = _git(repository, "show", "-M", "--diff-filter=R", "--name-status", "-z", "--format=",
                 commit).split("\0")  # fmt: skip
    return Removal(
        commit, subject, date, dict(zip(moves[1::3], moves[2::3], strict=False)).get(path, "")
    )


def _takes(diff: str, text: str) -> bool:
    """True if the diff has a text in more lines of code that go than in lines that come.

    Who takes away a comment that speaks of it has not taken it away.
    """
    wanted, sides = re.compile(rf"\b{text}\b"), [0, 0]
    for removed, added in _hunks(diff[:_DIFF_AT_MOST]):
        for side, lines in enumerate((removed, added)):
            sides[side] += sum(wanted.search(_COMMENT.sub("", line)) is not None for line in lines)
    return sides[0] > sides[1]


def stands_in(repository: str, name: str, revision: str = "HEAD", path: str = "") -> str:
    """The first file of ``revision`` whose code has the name still, '' if none has.

    Of ``CONFIG_X`` first of all the Kconfig file that defines it.
    """
    if name.startswith(_OPTION):
        line = f"^[[:space:]]*{_defines(name.removeprefix(_OPTION))}[[:space:]]*$"
        options = ("grep", "--full-name", "-lzE", "-e", line, revision, *_where(path, _KCONFIG))
        for one in _git(repository, *options, answers=(0, 1)).split("\0")[:-1]:
            return one.removeprefix(f"{revision}:")
    asked = ("grep", "--full-name", "-lwzF", "-e", name, revision, *_where(path))
    for one in _git(repository, *asked, answers=(0, 1)).split("\0")[:-1]:
        found = one.removeprefix(f"{revision}:")
        data = _git(repository, "show", f"{revision}:{found}").encode()
        if name.encode() in words_of(code_of(data, dialect(found) or Dialect.C)):
            return found
    return ""


def _defines(symbol: str) -> str:
    """What a Kconfig file says where it defines an option, for git's expressions and Python's."""
    return f"(menu)?config +{symbol}"


def _where(path: str, kinds: tuple[str, ...] = ("*.c", "*.h", "*.S")) -> tuple[str, ...]:
    """A path as one writes it where one stands, else all files of the repository of some kinds."""
    return ("--", path) if path else ("--", *(f":(top){kind}" for kind in kinds))


def successor(diff: str, name: str) -> str:
    """The one name that a diff writes wherever it takes ``name`` away, or ''.

    Lines are paired within a hunk, the nearest removed and added ones that differ in names alone.
    """
    votes: Counter[str] = Counter()
    lost = 0
    for removed, added in _hunks(diff[:_DIFF_AT_MOST]):
        for line in removed:
            if name not in _WORD.findall(line):
                continue
            lost += 1
            found = {new for one in added if (new := _exchanged(line, one, name))}
            if len(found) == 1:
                votes[found.pop()] += 1
    best = votes.most_common(1)
    return best[0][0] if best and best[0][1] >= _SHARE * lost else ""


def _hunks(diff: str) -> list[tuple[list[str], list[str]]]:
    hunks: list[tuple[list[str], list[str]]] = []
    for line in diff.splitlines():
        if line.startswith("@@"):
            hunks.append(([], []))
        elif hunks and line[:1] in ("-", "+") and not line.startswith(("---", "+++")):
            hunks[-1][line[0] == "+"].append(line[1:])
    return hunks


def _exchanged(old: str, new: str, name: str) -> str:
    """The name in ``new`` at the place of ``name`` in ``old``, if the lines are otherwise alike."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    exchanged: set[str] = set()
    for tag, low, high, first, last in SequenceMatcher(None, before, after, False).get_opcodes():
        if tag == "replace" and before[low:high] == [name] and last - first == 1:
            exchanged.add(after[first])
        elif tag != "equal" and any(word.strip() for word in before[low:high] + after[first:last]):
            return ""
    one = exchanged.pop() if len(exchanged) == 1 else ""
    return one if _NAME.fullmatch(one) else ""


def _git(repository: str, *arguments: str, answers: tuple[int, ...] = (0,)) -> str:
    try:
        return ask(repository, *arguments, answers=answers).decode("utf-8", "replace")
    except GitError as error:
        raise TreeError(f"{repository}: {error}") from error
