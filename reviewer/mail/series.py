"""Messages become patch series: versions, numbers, cover letters, order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reviewer.errors import InputError
from reviewer.mail.diff import parse_diff
from reviewer.mail.model import Message, Patch, Series

_TAG = re.compile(r"\[([^\]\[]{1,200})\]")
_PATCHY = re.compile(r"\b(?:PATCH|RFC|RESEND)\w*|\b\d{1,4}/\d{1,4}\b", re.IGNORECASE)
_VERSION = re.compile(r"\b(?:PATCH|RFC)?v(\d{1,3})\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b(\d{1,4})\s*/\s*(\d{1,4})\b")
_REPLY = re.compile(r"^(?:\s*(?:re|aw|sv|fwd?|antw)(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SubjectTag:
    """What ``[RFC PATCH v3 2/7]`` in a subject says; a lone patch is 1 of 1."""

    is_patch: bool
    reply: bool
    version: int
    index: int
    total: int
    title: str


def strip_reply(subject: str) -> str:
    """The subject without the ``Re:``, ``Aw:``, ``Fwd:`` in front of it."""
    return _REPLY.sub("", subject)


def parse_subject(subject: str) -> SubjectTag:
    """Read the bracketed prefixes of a subject. Numbers that make no sense count as 1/1."""
    bare = strip_reply(subject)
    is_patch, version, index, total = False, 1, 1, 1
    rest = bare
    while (match := _TAG.match(rest)) is not None:
        inside = match.group(1)
        if _PATCHY.search(inside):
            is_patch = True
            if (found := _VERSION.search(inside)) is not None:
                version = max(1, int(found.group(1)))
            if (number := _NUMBER.search(inside)) is not None:
                index, total = int(number.group(1)), int(number.group(2))
        rest = rest[match.end() :].lstrip()
    if index > total or total == 0:
        index, total = 1, 1
    return SubjectTag(is_patch, bare != subject, version, index, total, rest.strip())


def group_messages(source_name: str, messages: Sequence[Message]) -> tuple[Series, ...]:
    """Sort messages into series; replies that quote a patch given in full are left out."""
    patches: list[tuple[SubjectTag, Patch]] = []
    covers: list[tuple[SubjectTag, Message]] = []
    for message in messages:
        tag = parse_subject(message.subject)
        if tag.is_patch and tag.index == 0 and not tag.reply:
            covers.append((tag, message))
        elif (patch := to_patch(message, tag)) is not None:
            patches.append((tag, patch))
    originals = {(tag.version, tag.index, tag.title) for tag, p in patches if not p.quoted}
    patches = [
        (tag, patch)
        for tag, patch in patches
        if not patch.quoted or (tag.version, tag.index, tag.title) not in originals
    ]
    if not patches and not covers:
        raise InputError(source_name, 0, _why_none(messages))
    return tuple(_series(patches, covers))


def to_patch(message: Message, tag: SubjectTag | None = None) -> Patch | None:
    """The patch a message carries or quotes, None if it holds no diff."""
    tag = tag or parse_subject(message.subject)
    diff = parse_diff(message.source, message.body, message.body_start)
    if not diff.files:
        return None
    index = tag.index or 1
    return Patch(
        message, index, tag.total, diff.files, diff.depth > 0,
        (*message.notes, *diff.notes), diff.depth,
    )  # fmt: skip


def _why_none(messages: Sequence[Message]) -> str:
    if len(messages) == 1:
        subject = messages[0].subject
        about = f" (subject: {subject[:80]})" if subject else ""
        return f"no patch in this mail{about}: no diff, sent or quoted, was found in it"
    return f"none of the {len(messages)} messages holds a patch"


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


def _finished(group: _Group) -> Series:
    ordered = tuple(group.patches[index] for index in sorted(group.patches))
    notes: list[str] = []
    missing = [n for n in range(1, group.total + 1) if n not in group.patches]
    if not ordered:
        notes.append("a cover letter without its patches")
    elif missing and not ordered[0].quoted:
        names = ", ".join(str(number) for number in missing[:10])
        notes.append(f"patches missing from the series of {group.total}: {names}")
    first = group.cover or ordered[0].message
    title = parse_subject(first.subject).title or group.title
    ordered = tuple(replace(patch, total=max(group.total, 1)) for patch in ordered)
    return Series(title, group.version, group.cover, ordered, tuple(notes))
