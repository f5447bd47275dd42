"""Messages become patch series: versions, numbers, cover letters, order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reviewer.errors import InputError, PatchError
from reviewer.mail.diff import parse_diffs
from reviewer.mail.model import FilePatch, Message, Patch, Series
from reviewer.mail.overlooked import beside, overlooked
from reviewer.mail.quotation import quotes
from reviewer.mail.subject import SubjectTag, parse_subject


class NoPatchError(InputError):
    """Messages without any patch; they may speak of code all the same."""

    def __init__(self, source_name: str, messages: Sequence[Message]) -> None:
        super().__init__(source_name, 0, why_none(messages))
        self.messages = tuple(messages)


def group_messages(source_name: str, messages: Sequence[Message]) -> tuple[Series, ...]:
    """Sort messages into series; replies that quote a patch given in full are left out.

    The same Message-ID twice (a mail that came over two lists) is one message. A message whose
    diff cannot be read is left out, and told of in ``omitted``. Raises NoPatchError when there is
    no patch at all and more than cover letters, and PatchError when none can be read.
    """
    given: list[tuple[SubjectTag, Patch]] = []
    covers: list[tuple[SubjectTag, Message]] = []
    aside: list[tuple[SubjectTag, Patch]] = []
    failed: list[PatchError] = []
    lost: list[str] = []
    once, notes = _once(messages)
    with_patch = 0
    for message in once:
        tag = parse_subject(message.subject)
        try:
            patches = to_patches(message, tag)
        except PatchError as error:
            failed.append(error)
            continue
        if not patches:
            lost += overlooked(message)
        notes += beside(message, patches) if patches else ()
        if tag.is_patch and tag.index == 0 and not tag.reply:
            covers.append((tag, message))
        elif patches:
            with_patch += 1
        first, *others = patches or (None,)
        if first is not None:
            given.append((tag, first))
        # a reply's own diff, and each further patch of a mail, stand beside the set
        aside.extend((tag, one) for one in others)
    originals: dict[tuple[int, int, str], list[Patch]] = defaultdict(list)
    for tag, patch in given:
        if not patch.quoted:
            originals[_key(tag)].append(patch)
    numbered = {(tag.version, tag.total) for tag, _ in given if tag.index}
    kept: list[tuple[SubjectTag, Patch]] = []
    known = [(tag, patch) for tag, patch in given if not _sent(patch, originals[_key(tag)])]
    apart = [(tag, patch) for tag, patch in aside if not _sent(patch, originals[_key(tag)])]
    again = len(given) + len(aside) - len(known) - len(apart)
    for tag, patch in known:
        if patch.quoted and originals[_key(tag)]:  # another version of it, under the same subject
            apart.append((tag, patch))
            continue
        if tag.index == 0 and not tag.reply and (tag.version, tag.total) in numbered:
            notes.append(f"{patch.message.source}: the diff in the cover letter is not judged")
        else:
            kept.append((tag, patch))
    talk = len(once) - len(covers) - len(failed) - with_patch
    if not kept and not apart and (talk or not covers):
        if failed:
            raise failed[0]
        raise NoPatchError(source_name, once)
    if again:
        quote = "mail quotes" if again == 1 else "mails quote"
        notes.append(f"{again} {quote} a patch that is given too, it is judged once")
    if talk:
        notes.append(
            f"{talk} of {len(once)} mails have no patch, they are not looked at beside one"
        )
    found = _series(kept, covers)
    found += [Series(tag.title, tag.version, None, (one,)) for tag, one in apart]
    omitted = tuple(str(error) for error in failed)
    found[0] = replace(found[0], notes=(*notes, *found[0].notes), omitted=(*omitted, *lost))
    return _stacked(found)


def _sent(patch: Patch, originals: Sequence[Patch]) -> bool:
    """True for a quotation of one of the patches that were sent."""
    return patch.quoted and any(quotes(patch, one) for one in originals)


def _key(tag: SubjectTag) -> tuple[int, int, str]:
    return tag.version, tag.index, tag.title


def _once(messages: Sequence[Message]) -> tuple[list[Message], list[str]]:
    """Each Message-ID once; of two mails that share one but not subject and text both are kept."""
    seen: dict[tuple[str, SubjectTag], list[str]] = {}
    kept: list[Message] = []
    notes: list[str] = []
    for message in messages:
        # a list's footer makes no other mail of it
        bodies = seen.setdefault((message.message_id, parse_subject(message.subject)), [])
        body = message.body.strip()
        if message.message_id and any(_begins_alike(body, other) for other in bodies):
            notes.append(f"{message.source}: {message.message_id} came before, read once")
            continue
        bodies.append(body)
        kept.append(message)
    return kept, list(dict.fromkeys(notes))


_FOOTER = 2000
"""Characters that a mailing list may add below a mail."""


def _begins_alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) <= _FOOTER and long.startswith(short)


def to_patches(message: Message, tag: SubjectTag | None = None) -> tuple[Patch, ...]:
    """The patches a message carries or quotes, in order: the quoted one first, then its own.

    A diff that comes to a file a second time is the next patch of that mail. Raises PatchError if
    there are diffs and none can be read.
    """
    tag = tag or parse_subject(message.subject)
    diffs = parse_diffs(message.source, message.body, message.body_start)
    own = [diff for diff in diffs if diff.depth == 0 and diff.files]
    quoted = [diff for diff in diffs if diff.depth and diff.files]
    apart = tuple(str(error) for diff in diffs if not diff.files for error in diff.omitted)
    if own and not tag.reply:
        # a description may quote a diff; the patch is what the mail brings
        dropped = [f"the diff that it quotes {one.depth} deep is not judged" for one in quoted]
        apart, quoted = (), []
    else:
        dropped = []
    found: list[Patch] = []
    for diff in (*reversed(quoted), *own):  # what is quoted deeper is older
        pieces = _split(diff.files)
        for number, files in enumerate(pieces, 1):
            notes = (*message.notes, *diff.notes, *dropped)
            omitted = (*(str(error) for error in diff.omitted), *apart) if number == 1 else ()
            omitted = omitted if found else (*message.omitted, *omitted)
            words = []
            if len(quoted) > 1 and diff.depth:
                words.append(f"the diff quoted {diff.depth} deep")
            elif quoted and own:
                words.append("the quoted diff" if diff.depth else "its own diff")
            if len(pieces) > 1:
                words.append(f"patch {number} of this mail")
            found.append(
                Patch(
                    message,
                    (tag.index or 1) if not found else 1,
                    tag.total if not found else 1,
                    files,
                    diff.depth > 0,
                    notes,
                    diff.depth,
                    omitted,
                    ", ".join(words),
                )
            )
    return tuple(found)


def _split(files: Sequence[FilePatch]) -> list[tuple[FilePatch, ...]]:
    """The files of a diff as patches: where one comes a second time the next patch begins."""
    pieces: list[list[FilePatch]] = [[]]
    seen: set[str] = set()
    for file in files:
        paths = {path for path in (file.old_path, file.new_path) if path}
        if paths & seen:
            pieces.append([])
            seen = set()
        seen |= paths
        pieces[-1].append(file)
    return [tuple(piece) for piece in pieces]


def _stacked(found: Sequence[Series]) -> tuple[Series, ...]:
    """The series, each with the patches given beside it that its first one may need below it.

    These are earlier parts of its set, the patch that a reply answers, and what stands before it
    in the same mail.
    """
    order = [patch for series in found for patch in series.patches]
    sets: dict[tuple[int, int], list[int]] = defaultdict(list)
    answered: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    mails: dict[str, list[int]] = defaultdict(list)
    tags = [parse_subject(patch.message.subject) for patch in order]
    for place, (patch, tag) in enumerate(zip(order, tags, strict=True)):
        if tag.total > 1:
            sets[tag.version, tag.total].append(place)
        answered[_key(tag)].append(place)
        if patch.message.message_id:
            mails[patch.message.message_id].append(place)
    done: list[Series] = []
    at = 0
    for series in found:
        own = range(at, at + len(series.patches))
        at += len(series.patches)
        if not own or len(order) == len(own):
            done.append(series)
            continue
        first, tag = order[own[0]], tags[own[0]]
        near = {p for p in sets[tag.version, tag.total] if tags[p].index < tag.index}
        near |= {p for p in answered[_key(tag)] if not order[p].part or p < own[0]}
        near |= {p for p in mails[first.message.message_id] if p < own[0]}
        beside = sorted(near - set(own), key=lambda p: (tags[p].index, p))[:_MOST_BELOW]
        done.append(replace(series, below=tuple(order[p] for p in beside)))
    return tuple(done)


_MOST_BELOW = 100
"""Patches tried below another; no set that is sent in mails is larger."""


def why_none(messages: Sequence[Message], also: str = "") -> str:
    """Why nothing is judged: no patch, ``also`` what else is not there, and what was not read."""
    if len(messages) > 1 and not also:
        return f"none of the {len(messages)} messages holds a patch"
    subject = messages[0].subject
    about = f" (subject: {subject[:80]})" if subject else ""
    more = f", nor in {len(messages) - 1} more" if len(messages) > 1 else ""
    lost = [*overlooked(messages[0]), *(note for note in messages[0].notes if "not read" in note)]
    but = f"; {'; '.join(lost)}" if lost else ""
    return (
        f"no patch in this mail{about}{more}: no diff, sent or quoted, was found in it{also}{but}"
    )


def _root(message: Message) -> str:
    """What the messages of one thread have in common, as far as this message knows."""
    if message.references:
        return message.references[0]
    return message.in_reply_to or message.message_id


@dataclass(slots=True)
class _Group:
    version: int
    total: int
    roots: set[str]
    cover: Message | None
    patches: dict[int, Patch]
    title: str

    def takes(self, tag: SubjectTag, message: Message) -> bool:
        if (tag.version, tag.total) != (self.version, self.total) or tag.total == 1:
            return False
        if tag.index in self.patches:
            return False
        root = _root(message)
        # single patches of a set may be unthreaded; a known other thread keeps sets apart
        return not root or not self.roots or root in self.roots or root == message.message_id


def _series(
    patches: Iterable[tuple[SubjectTag, Patch]], covers: Iterable[tuple[SubjectTag, Message]]
) -> list[Series]:
    groups: list[_Group] = []
    for tag, cover in covers:
        root = {_root(cover), cover.message_id} - {""}
        groups.append(_Group(tag.version, tag.total, root, cover, {}, tag.title))
    for tag, patch in patches:
        group = next((g for g in groups if g.takes(tag, patch.message)), None)
        if group is None:
            group = _Group(tag.version, tag.total, set(), None, {}, tag.title)
            groups.append(group)
        group.roots |= {_root(patch.message), patch.message.message_id} - {""}
        group.patches[patch.index] = patch
    return [_finished(group) for group in sorted(groups, key=lambda g: g.version)]


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as "1-3, 5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{x[0]}-{x[-1]}" if len(x) > 1 else f"{x[0]}" for x in runs)


def _finished(group: _Group) -> Series:
    ordered = tuple(group.patches[index] for index in sorted(group.patches))
    notes: list[str] = []
    tags = [parse_subject(patch.message.subject) for patch in ordered]
    # a diff in a cover letter, or in an answer, is none of the series
    there = {x.index for x, tag in zip(ordered, tags, strict=True) if tag.index and not tag.reply}
    missing = [n for n in range(1, group.total + 1) if n not in there]
    if not ordered:
        notes.append("a cover letter without its patches")
    elif missing and not tags[0].reply and not ordered[0].quoted:
        notes.append(f"patches missing from the series of {group.total}: {_ranges(missing)}")
    first = group.cover or ordered[0].message
    title = parse_subject(first.subject).title or group.title
    ordered = tuple(replace(patch, total=max(group.total, 1)) for patch in ordered)
    return Series(title, group.version, group.cover, ordered, tuple(notes))
