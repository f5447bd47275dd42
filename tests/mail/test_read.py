"""Mails, mailboxes, archive texts and diffs become messages and series."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from reviewer.errors import InputError, KstaleError
from reviewer.mail.apply import rebuild_series
from reviewer.mail.read import read_messages, read_path, read_series
from reviewer.mail.subject import parse_subject
from tests.mail.support import PATCHES, read_sample


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("[PATCH] a: b", (True, False, 1, 1, 1, "a: b")),
        ("[PATCH v3 2/7] a: b", (True, False, 3, 2, 7, "a: b")),
        ("[RFC PATCH v2 net-next 00/12] a", (True, False, 2, 0, 12, "a")),
        ("[PATCHv4 03/3] a", (True, False, 4, 3, 3, "a")),
        ("[RFC v2] [mm] a", (True, False, 2, 1, 1, "a")),
        ("Re: RE: [PATCH v1] a", (True, True, 1, 1, 1, "a")),
        ("Aw: Re[2]: [PATCH 1/2] a", (True, True, 1, 1, 2, "a")),
        ("[syzbot] a", (False, False, 1, 1, 1, "a")),
        ("[PATCH 9/2] no such number", (True, False, 1, 1, 1, "no such number")),
        ("", (False, False, 1, 1, 1, "")),
    ],
)  # fmt: skip
def test_subject(subject: str, expected: tuple[bool, bool, int, int, int, str]) -> None:
    tag = parse_subject(subject)
    assert (tag.is_patch, tag.reply, tag.version, tag.index, tag.total, tag.title) == expected


def test_mailbox_with_cover_in_wrong_order() -> None:
    (series,) = read_path(PATCHES / "ksm-two-steps.mbox")
    assert series.version == 2
    assert series.subject == "mm/ksm: two small steps"
    assert series.cover is not None
    assert "From here on merging" in series.cover.body, ">From is unescaped"
    assert [(patch.index, patch.total) for patch in series.patches] == [(1, 2), (2, 2)]
    (_, (first,)), (_, (second,)) = rebuild_series(series, read_sample)
    assert second.pre == first.post, "patch 2 is applied on top of patch 1"
    assert second.post is not None
    assert b"clean_entry(entry)" in second.post


def test_gzipped_thread_as_public_inbox_offers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = (PATCHES / "ksm-two-steps.mbox").read_bytes()
    data = re.sub(rb"(?m)^From 0+\d Mon Sep 17.*$", b"From mboxrd@z Thu Jan  1 00:00:00 1970", data)
    packed = gzip.compress(data)
    (series,) = read_series("t.mbox.gz", packed)
    assert len(series.patches) == 2
    with pytest.raises(InputError, match="broken gzip data"):
        read_series("x", packed[:20] + b"xxxx" + packed[24:])
    monkeypatch.setattr("reviewer.mail.unpack.MAX_BYTES", len(packed) + 1)
    with pytest.raises(InputError, match="unpacked, not read"):
        read_series("x", packed)


def test_series_without_one_of_its_patches_says_so() -> None:
    data = (PATCHES / "ksm-two-steps.mbox").read_bytes().replace(b"v2 1/2]", b"v2 1/3]")
    data = data.replace(b"v2 2/2]", b"v2 2/3]").replace(b"v2 0/2]", b"v2 0/3]")
    (series,) = read_series("x", data)
    assert series.notes == ("patches missing from the series of 3: 3",)


def test_two_versions_in_one_mailbox_stay_apart() -> None:
    new = (PATCHES / "ksm-two-steps.mbox").read_bytes()
    old = new.replace(b"[PATCH v2", b"[PATCH").replace(b"cover@", b"old-cover@")
    first, second = read_series("x", new + old)
    assert (first.version, second.version) == (1, 2)
    assert all(len(series.patches) == 2 for series in (first, second))


def test_reply_in_a_mailbox_with_the_patch_itself_is_not_a_second_patch() -> None:
    data = (PATCHES / "ksm-clean.patch").read_bytes()
    body = data.split(b"\n\n", 1)[1]
    reply = (
        b"From x@y Mon Sep  5 10:00:00 2022\nFrom: R <r@y>\n"
        b"Subject: Re: [PATCH] mm/ksm: say when a checksum has settled\n\n"
        + b"\n".join(b"> " + line for line in body.split(b"\n"))
    )
    (series,) = read_series("x", data + b"\n" + reply + b"\n")
    assert [patch.quoted for patch in series.patches] == [False]


def test_cover_letter_alone_is_an_empty_series() -> None:
    mail = b"From: A <a@b>\nSubject: [PATCH 0/3] much to come\n\n mm/ksm.c | 2 +-\n\n-- \n2.3\n"
    (series,) = read_series("x", mail)
    assert series.patches == ()
    assert series.notes == ("a cover letter without its patches",)


def test_seed_reply_as_it_is() -> None:
    (series,) = read_path(PATCHES / "ksm-write-protect-page.reply.txt")
    (patch,) = series.patches
    message = patch.message
    assert message.sender == "Yang Shi"
    assert message.date == "Wed Aug 31 2022 - 13:56:01 EST"
    assert message.subject.startswith("Re: [PATCH v1] mm/ksm")
    assert (patch.quoted, patch.depth) == (True, 1)
    (file,) = patch.files
    (hunk,) = file.hunks
    assert (file.path, len(hunk.old_lines), len(hunk.new_lines)) == ("mm/ksm.c", 23, 20)
    lines = message.body.split("\n")
    assert lines[hunk.patch_line - 1].startswith("> @@ -1072,23")
    assert all(hunk.lines[i].lstrip("+- ") in lines[n - 1] for i, n in enumerate(hunk.body_lines))


def test_public_inbox_and_marc_heads() -> None:
    diff = (PATCHES / "ksm-clean.patch").read_text().split("---\n", 1)[1]
    inbox = (
        "* [PATCH] a: b\n@ 2022-08-31  8:30 Some One\n  2022-08-31 17:55 ` Other\n"
        "From: Some One @ 2022-08-31  8:30 UTC (permalink / raw)\n"
        "  To: linux-kernel; +Cc: linux-mm, Other One\n\nText.\n---\n" + diff
    )
    (message,) = read_messages("x", inbox.encode())
    assert (message.sender, message.date) == ("Some One", "2022-08-31  8:30 UTC")
    marc = (
        "List:       linux-mm\nSubject:    [PATCH] a: b\n"
        "From:       Some One <some () one ! org>\nDate:       2022-08-31 8:30:24\n"
        "Message-ID: 2022.1 () one ! org\n\nText.\n---\n" + diff
    )
    (message,) = read_messages("x", marc.encode())
    assert message.subject == "[PATCH] a: b"
    assert message.sender.startswith("Some One")
    assert read_series("x", marc.encode())[0].patches


def test_page_of_an_archive_with_and_without_white_space() -> None:
    diff = (PATCHES / "ksm-clean.patch").read_text().split("---\n", 1)[1]
    page = (
        "All of some archive\n help / color / mirror / Atom feed\n"
        "From: Some One <one@x.invalid>\nTo: Two <two@x.invalid>,\n\tthree@x.invalid\n"
        "Cc: four@x.invalid, Five <five@x.invalid>,\n\tsix@x.invalid\n"
        "Subject: [PATCH 3/6] a: b\nDate: Tue, 26 Jul 2022 17:28:16 -0700\t[thread overview]\n"
        "Message-ID: <1@x.invalid> (raw)\nIn-Reply-To: <0@x.invalid>\n\nText.\n---\n" + diff
    )
    bare = "\n".join(line.strip() for line in page.split("\n") if line.strip())
    for text in (page, bare):
        (series,) = read_series("x", text.encode())
        message = series.patches[0].message
        assert message.subject == "[PATCH 3/6] a: b"
        assert message.date == "Tue, 26 Jul 2022 17:28:16 -0700"
        assert (message.message_id, message.in_reply_to) == ("<1@x.invalid>", "<0@x.invalid>")
        assert message.to == ("Two <two@x.invalid>", "three@x.invalid")
        assert len(message.cc) == 3
        assert message.body.startswith("Text.")


def test_headers_are_decoded() -> None:
    mail = (
        "From: =?utf-8?q?J=C3=B6rg?= <j@x.invalid>\nTo: a@x.invalid, =?iso-8859-1?q?Bj=F6rn?=\n"
        ' <b@x.invalid>\nCc: "Last, First" <c@x.invalid>\nSubject: [PATCH]\n =?utf-8?b?w6Q=?=\n'
        "Message-Id: <1@x>\nReferences: <a@x>\n <b@x>\nIn-Reply-To: <b@x> (hi)\n\nbody\n"
    )
    (message,) = read_messages("x", mail.encode())
    assert message.sender == "Jörg <j@x.invalid>"
    assert message.to == ("a@x.invalid", "Björn <b@x.invalid>")
    assert message.cc == ('"Last, First" <c@x.invalid>',)
    assert message.subject == "[PATCH] ä"
    assert (message.message_id, message.in_reply_to) == ("<1@x>", "<b@x>")
    assert message.references == ("<a@x>", "<b@x>")


def test_maildir(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    pieces = (PATCHES / "ksm-two-steps.mbox").read_bytes().split(b"\nFrom 00")
    for number, piece in enumerate(pieces):
        text = piece if piece.startswith(b"From ") else b"From 00" + piece
        (tmp_path / "cur" / f"100{number}.x:2,S").write_bytes(text)
    (series,) = read_path(tmp_path)
    assert len(series.patches) == 2
    with pytest.raises(InputError, match="not a maildir"):
        read_path(tmp_path / "cur")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("only-words.eml", r"no patch in this mail \(subject: Re: mm/ksm: a question\)"),
    ],
)
def test_malformed(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_path(PATCHES / "malformed" / name)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"\x7fELF\x00\x01", "binary"),
        (b"From: a@b\n\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n a\n-b\n+c\n", "cut short"),
        (b"--- a/x\n+++ b/x\n@@ -1,99999999999 +1 @@\n a\n", "absurd"),
        (b"diff --cc x\n@@@ -1,2 -1,2 +1,2 @@@\n  a\n", "no patch"),
    ],
)
def test_clear_errors(data: bytes, words: str) -> None:
    with pytest.raises(KstaleError, match=words) as caught:
        read_series("x", data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "header", ["@@ --58,5 +58,5 @@ int f(void)", "@@ -58,5 58,5 @@", "@@ -58 - +58 @@"]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_hunk_whose_header_cannot_be_read_is_told_of(header: str, first: bool) -> None:
    data = (PATCHES / "ksm-drop-flush.patch").read_text(encoding="utf-8")
    start = data.index("@@ ")
    end = data.index("-- \n")
    hunk = data[start:end]
    damaged = header + hunk[hunk.index("\n") :]
    hunks = damaged if first else hunk + damaged
    (series,) = read_series("x", (data[:start] + hunks + data[end:]).encode())
    told = [*series.omitted, *(cause for one in series.patches for cause in one.omitted)]
    assert any("a hunk header that cannot be read" in cause for cause in told)


def test_errors_count_lines_of_the_file_even_in_a_mailbox() -> None:
    data = (PATCHES / "ksm-two-steps.mbox").read_bytes()
    lines = data.split(b"\n")
    at = max(i for i, line in enumerate(lines) if line.startswith(b"@@"))
    del lines[at + 3]
    (series,) = read_series("two.mbox", b"\n".join(lines))
    (omitted,) = [one for patch in series.patches for one in patch.omitted]
    assert omitted.startswith(f"two.mbox#3:{at + 1}: mm/ksm.c: hunk 1 is cut short")


def test_an_attachments_name_of_several_lines_makes_notes_of_one() -> None:
    patch = (PATCHES / "ksm-drop-flush.patch").read_bytes()
    name = b'--b\nContent-Type: text/x-patch; name="a\n b.patch"\n\n'
    head = b"From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    diff = patch[patch.index(b"diff --git") :]
    (series,) = read_series("x", head + name + diff + b"\n--b--\n")
    (one,) = series.patches
    assert not any("\n" in note for note in (*one.notes, *one.message.notes))
