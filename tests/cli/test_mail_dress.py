"""What mailers, tools and people put around a diff: read through it, or told of."""

from __future__ import annotations

import base64
import gzip
import html
from pathlib import Path

import pytest

from tests.cli.mails import DIFF, HARMLESS, HEADER, HUNK, LAKE, NAMES, Shell, box, mail, planted


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    files = {"mm/lake.c": LAKE, "include/linux/lake.h": HEADER}
    return Shell(planted(tmp_path / "tree", files), capsys)


def quoted(text: str, mark: str = "> ") -> str:
    return "".join(f"{mark}{line}\n" for line in text.splitlines())


def attached(data: bytes, name: str, kind: str = "application/octet-stream", body: str = "") -> str:
    """A mail with one attachment."""
    coded = base64.encodebytes(data).decode()
    return mail(
        f"--bb\nContent-Type: text/plain\n\n{body or 'See there.'}\n"
        f"--bb\nContent-Type: {kind}; name={name}\nContent-Disposition: attachment\n"
        f"Content-Transfer-Encoding: base64\n\n{coded}\n--bb--\n",
        MIME_Version="1.0",
        Content_Type='multipart/mixed; boundary="bb"',
    )


def coloured(text: str) -> str:
    ways = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
    return "".join(
        f"{ways[line[:1]]}{line}\x1b[m\n" if line[:1] in ways else f"{line}\n"
        for line in text.splitlines()
    )


_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nTake the lock.\n- ---\n\n"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
_LONG = "+\tspin_lock(&lake->lock); /* taken here so that nobody forgets it"
_FOLDED = DIFF.replace("+\tspin_lock(&lake->lock);\n", f"{_LONG} */\n")


@pytest.mark.parametrize(
    "sent",
    [
        mail(DIFF.replace("+8,12 @@", "+8,12\n@@")),
        mail(DIFF.replace("-8,13 +8,12", "-8,13\n+8,12")),
        mail(quoted(DIFF).replace("+8,12 @@", "+8,12\n> @@"), "Re: [PATCH] x"),
        mail(quoted(_FOLDED).replace(" */\n>  \tlake", "\n*/\n>  \tlake"), "Re: [PATCH] x"),
        mail(quoted(_FOLDED.replace(" nobody", "\0")).replace("\0", "\nnobody"), "Re: [PATCH] x"),
        mail(quoted(coloured(DIFF)), "Re: [PATCH] x"),
        mail(f"Like this?\n\n{quoted(DIFF, '    ')}\nBye\n", "Re: [BUG] x"),
        mail(f"Like this?\n\n{quoted(DIFF, chr(9))}\nBye\n", "Re: [BUG] x"),
        mail(coloured(DIFF)),
        mail(
            _SIGNED + "".join(f"- {x}\n" if x[0] == "-" else f"{x}\n" for x in DIFF.splitlines())
            + _SIGNATURE
        ),
        mail(DIFF).replace("\n", "\r"),
        attached(gzip.compress(DIFF.encode()), "a.patch.gz", "application/gzip"),
        attached(gzip.compress(DIFF.encode()), "a.patch.gz", "application/gzip", HARMLESS),
        attached(DIFF.encode(), "fix.txt"),
        attached(DIFF.encode("utf-16"), "a.patch", "text/x-patch"),
        mail(
            base64.encodebytes(DIFF.encode("utf-16")).decode(),
            MIME_Version="1.0",
            Content_Type="text/plain; charset=utf-16",
            Content_Transfer_Encoding="base64",
        ),
        mail(
            f"B wrote:\n{quoted(quoted(DIFF))}{quoted(HARMLESS)}\nYes.\n", "Re: [PATCH] x"
        ),
        box(mail(HARMLESS), mail(quoted(DIFF) + "No.\n", "Re: [PATCH] mm/lake: lock inside", "m2")),
    ],
    ids=[
        "folded hunk header", "hunk header folded in the middle", "quoted folded hunk header",
        "rest of a quoted line without its mark", "rest in the middle of a comment",
        "coloured and quoted", "indented", "indented by a tab", "coloured",
        "clear signature", "carriage returns", "attached and packed", "packed beside a patch",
        "attached under another name", "attached in UTF-16", "text in UTF-16", "two quoted diffs",
        "another version quoted",
    ],
)  # fmt: skip
def test_a_diff_is_read_through_what_was_put_around_it(shell: Shell, sent: str) -> None:
    assert shell.check(sent) == 1
    assert shell.found()


def test_what_git_shows_between_two_versions_is_no_patch(shell: Shell) -> None:
    between = f"Interdiff against v1:\n{quoted(DIFF, '  ')}\n"
    assert shell.check(mail(f"{between}\nNo more.\n", "[PATCH v2 0/1] x")) == 0
    assert not shell.found()


def test_a_patch_quoted_as_it_was_sent_is_judged_once_and_told_of(shell: Shell) -> None:
    reply = mail(
        f"A wrote:\n{quoted(NAMES)}> [...]\n{quoted(HUNK)}\nNo.\n",
        "Re: [PATCH] mm/lake: lock inside",
        "m2",
    )
    assert shell.check(box(mail(DIFF), reply)) == 1
    assert shell.out.count("mm/lake.c:8") == 1
    assert "1 mail quotes a patch that is given too, it is judged once" in shell.out


def test_a_quotation_that_differs_in_one_line_of_many_is_judged(shell: Shell) -> None:
    """Another version of a patch may differ from it by one lock."""
    news = "".join(f"+extern int lake_depth_{number};\n" for number in range(20))
    sent = HUNK.replace("-8,13 +8,12 @@", "-8,13 +8,32 @@").replace(" \n void", f" \n{news} void")
    kept = sent.replace("-\tlockdep_assert_held(&lake->lock);\n+\tspin_lock(&lake->lock);\n", "-\t"
        "lockdep_assert_held(&lake->lock);\n+\tlockdep_assert_held(&lake->lock);\n")  # fmt: skip
    other = NAMES + sent.replace("struct lake {", "struct")
    reply = mail(f"A wrote:\n{quoted(other)}\nNo.\n", "Re: [PATCH] mm/lake: lock inside", "m2")
    assert shell.check(box(mail(NAMES + kept), reply)) == 1
    assert "is judged once" not in shell.out
    folded = NAMES + sent.replace("depth_7;", "depth_7; /* as deep as the\t\t\t\t sea */")
    cut = folded.replace("the\t\t\t\t sea */", "the")
    reply = mail(f"A wrote:\n{quoted(cut)}\nNo.\n", "Re: [PATCH] mm/lake: lock inside", "m2")
    shell.check(box(mail(folded), reply))
    assert "1 mail quotes a patch that is given too, it is judged once" in shell.out


def test_a_packed_patch_that_cannot_be_unpacked_is_left_out(shell: Shell) -> None:
    cut = attached(gzip.compress(DIFF.encode())[:-20], "a.patch.gz", "application/gzip", DIFF)
    assert shell.check(cut) == 2
    assert shell.found()
    assert "attachment a.patch.gz: the compressed file is cut off" in shell.err


@pytest.mark.parametrize("body", ["See there.", DIFF])
def test_what_is_attached_and_not_read_is_told_of(shell: Shell, body: str) -> None:
    shell.check(attached(b"PK\3\4\0\0\0", "a.zip", "application/zip", body))
    assert "attachment a.zip (application/zip) was not read" in shell.out + shell.err


@pytest.mark.parametrize("name", ["mm/lake.c", "mm/lake.S"])
def test_a_binary_patch_to_a_source_file_is_left_out(name: str, shell: Shell) -> None:
    names = NAMES.splitlines()[0].replace("mm/lake.c", name)
    binary = names + "\nindex 1..2 100644\nGIT binary patch\ndelta 1\nRcmZQz\n\n"
    assert shell.check(mail(binary)) == 2
    assert f"{name}: a binary patch is not read" in shell.err


def test_invisible_characters_that_a_patch_adds_are_told_of(shell: Shell) -> None:
    assert shell.check(mail(DIFF.replace("+\tspin_lock", "+\t\u200bspin_lock"))) == 0
    assert "mm/lake.c: adds the invisible character U+200B" in shell.out


_TALK = "I think that lake_stock() is fine.\n\n"
_CONTEXT = """\
*** a/mm/lake.c	2024-01-01
--- b/mm/lake.c	2024-01-02
***************
*** 11,12 ****
! 	lockdep_assert_held(&lake->lock);
  int sum;
--- 11,12 ----
! 	spin_lock(&lake->lock);
  int sum;
"""
_LOOKALIKES = {
    "quoted and indented": quoted(quoted(DIFF, "    ")),
    "bullets": quoted(DIFF, "* "),
    "an invisible letter": quoted(DIFF, "\u200b"),
    "line numbers": "".join(f"{n:4} {line}\n" for n, line in enumerate(DIFF.splitlines())),
    "context diff": _CONTEXT,
    "plain diff": "11c11\n< 	lockdep_assert_held(&lock);\n---\n> 	spin_lock(&lake->lock);\n",
    "uuencoded": "begin 644 a.patch\nMabc\n`\nend\n",
    "encrypted": "-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----\n",
}


@pytest.mark.parametrize("kind", _LOOKALIKES)
def test_what_looks_like_a_diff_in_talk_is_left_out_and_told_of(shell: Shell, kind: str) -> None:
    assert shell.check(mail(_TALK + _LOOKALIKES[kind], "Re: lake")) == 2
    assert "was not read" in shell.err
    assert shell.check(mail(HARMLESS + "\n" + _LOOKALIKES[kind])) == 0
    assert "was not read" in shell.out


def test_names_of_a_file_without_a_hunk_are_told_of(shell: Shell) -> None:
    lost = NAMES + "".join(HUNK.splitlines(keepends=True)[1:])
    for body in (HARMLESS + lost, _TALK + lost):
        assert shell.check(mail(body, "Re: lake")) == 2
        assert "mm/lake.c: no hunk of it was read" in shell.err


@pytest.mark.parametrize("text", ["", _TALK])
def test_a_diff_in_html_beside_a_text_without_one_is_read(shell: Shell, text: str) -> None:
    page = f"<html><pre>{html.escape(DIFF)}</pre></html>"
    parts = f"--bb\nContent-Type: text/plain\n\n{text}\n--bb\nContent-Type: text/html\n\n{page}\n"
    kind = 'multipart/alternative; boundary="bb"'
    assert shell.check(mail(parts + "--bb--\n", MIME_Version="1.0", Content_Type=kind)) == 1
    assert shell.found()


def test_what_talk_has_attached_and_is_not_read_is_told_of(shell: Shell) -> None:
    shell.check(attached(b"PK\3\4\0\0\0", "a.zip", "application/zip", _TALK))
    assert "attachment a.zip (application/zip) was not read" in shell.out
    packed = gzip.compress(DIFF.encode())[:-20]
    assert shell.check(attached(packed, "a.patch.gz", "application/gzip", _TALK)) == 2
    assert "attachment a.patch.gz: the compressed file is cut off" in shell.err
