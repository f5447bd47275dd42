"""However a patch travelled, the post-image is the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reviewer.mail.apply import rebuild
from tests.mail import damage
from tests.mail.support import PATCHES, only_patch, read_sample

NAMES = [
    "ksm-write-protect-page.patch",
    "ksm-drop-flush.patch",
    "ksm-drop-recheck.patch",
    "gup-drop-recheck.patch",
    "ksm-clean.patch",
]

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": lambda mail: mail,
    "bare diff": damage.diff_of,
    "crlf": damage.crlf,
    "quoted-printable": damage.encoded("quoted-printable"),
    "base64": damage.encoded("base64"),
    "attached": damage.attached,
    "flowed": damage.flowed,
    "quoted": damage.quoted(1),
    "quoted without blank": damage.quoted(1, ">"),
    "quoted twice": damage.quoted(2),
    "quoted three deep, tight": damage.quoted(3, ">"),
    "commented": damage.commented,
    "leading white space lost": damage.leading_lost,
    "blank lines lost": damage.blank_lines_lost,
    "one blank lost": damage.blank_lost,
    "tabs expanded": damage.tabs_expanded,
    "html": damage.escaped,
    "folded": damage.folded,
    "lost and quoted": lambda mail: damage.quoted(1)(damage.leading_lost(mail)),
    "lost, quoted, commented": lambda mail: damage.commented(damage.leading_lost(mail)),
    "expanded and quoted twice": lambda mail: damage.quoted(2)(damage.tabs_expanded(mail)),
    "folded and quoted": lambda mail: damage.quoted(1)(damage.folded(mail)),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", WAYS)
def test_post_image_survives(name: str, way: str) -> None:
    mail = (PATCHES / name).read_text(encoding="utf-8")
    expected = rebuild(only_patch(mail.encode()), read_sample)
    patch = only_patch(WAYS[way](mail).encode())
    changes = rebuild(patch, read_sample)
    assert [(c.path, c.pre, c.post) for c in changes] == [(c.path, c.pre, c.post) for c in expected]
    assert [(c.pre_lines, c.post_lines) for c in changes] == [
        (c.pre_lines, c.post_lines) for c in expected
    ]


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("quoted", "quoted 1 deep"),
        ("leading white space lost", "white space in front of context lines was lost"),
        ("folded", "folded lines were joined"),
        ("html", "HTML escapes were undone"),
        ("flowed", "format=flowed was undone"),
        ("attached", "attachment 0001-x.patch read"),
    ],
)
def test_what_was_mended_is_said(way: str, words: str) -> None:
    mail = (PATCHES / "gup-drop-recheck.patch").read_text(encoding="utf-8")
    if way == "folded":
        mail = (PATCHES / "ksm-write-protect-page.patch").read_text(encoding="utf-8")
    assert any(words in note for note in only_patch(WAYS[way](mail).encode()).notes)


def test_a_clean_mail_needs_no_note() -> None:
    patch = only_patch((PATCHES / "ksm-clean.patch").read_bytes())
    assert patch.notes == ()
    assert all(change.notes == () for change in rebuild(patch, read_sample))
