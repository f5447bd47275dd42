"""What mailers, archives and people do to patches, as functions from mail to mail."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from email.message import EmailMessage

HEAD = (
    "From: Reader <reader@sample.invalid>\nSubject: Re: [PATCH] x\nMessage-ID: <r@sample.invalid>\n"
)


def split(mail: str) -> tuple[str, str]:
    """Headers and body; a format-patch From_ line goes with the headers."""
    head, _, body = mail.partition("\n\n")
    return head, body


def diff_of(mail: str) -> str:
    """From ``diff --git`` on."""
    return mail[mail.index("diff --git ") :]


def on_diff(change: Callable[[str], str]) -> Callable[[str], str]:
    """Damage the diff of a mail only."""

    def damaged(mail: str) -> str:
        diff = diff_of(mail)
        return mail.removesuffix(diff) + change(diff)

    return damaged


def crlf(mail: str) -> str:
    return mail.replace("\n", "\r\n")


def encoded(encoding: str) -> Callable[[str], str]:
    """quoted-printable or base64, and a multipart around it."""

    def encode(mail: str) -> str:
        message = EmailMessage()
        message["Subject"] = "[PATCH] x"
        message["From"] = "a@sample.invalid"
        message.set_content(split(mail)[1], cte=encoding)
        return message.as_string()

    return encode


def attached(mail: str) -> str:
    message = EmailMessage()
    message["Subject"] = "[PATCH] x"
    message.set_content("See the attachment.\n")
    message.add_attachment(mail, subtype="x-patch", filename="0001-x.patch")
    return message.as_string()


def flowed(mail: str) -> str:
    head, body = split(mail)
    stuffed = re.sub(r"^(?=[ >]|From )", " ", body, flags=re.MULTILINE)
    kind = "Content-Type: text/plain; charset=UTF-8; format=flowed"
    return re.sub(r"Content-Type: .*", kind, head) + "\n\n" + stuffed


def quoted(depth: int, mark: str = "> ") -> Callable[[str], str]:
    def quote(mail: str) -> str:
        body = split(mail)[1].rstrip("\n")
        lines = [f"{mark * depth}{line}".rstrip(" ") for line in body.split("\n")]
        return f"{HEAD}\nOn Monday, Author wrote:\n" + "\n".join(lines) + "\n\nLooks good to me.\n"

    return quote


def commented(mail: str) -> str:
    """A reply with words of its own in the middle of the hunk."""
    lines = quoted(1)(mail).split("\n")
    hunk = next(i for i, line in enumerate(lines) if line.startswith("> @@"))
    return "\n".join([*lines[: hunk + 4], "", "Why this?", "", *lines[hunk + 4 :]])


@on_diff
def leading_lost(diff: str) -> str:
    """Archives: context loses its blank and all lines their indentation, inner runs collapse."""
    out: list[str] = []
    for line in diff.split("\n"):
        if re.match(r"[+-](?![+-])", line):
            out.append(line[0] + re.sub(r"\s+", " ", line[1:]).strip(" "))
        elif line.startswith((" ", "\t")):
            out.append(" ".join(line.split()))
        else:
            out.append(line)
    return "\n".join(out)


def blank_lines_lost(mail: str) -> str:
    """An archive page as text: white space lost, and not one blank line left."""
    return "\n".join(line for line in leading_lost(mail).split("\n") if line.strip())


@on_diff
def tabs_expanded(diff: str) -> str:
    return "\n".join(
        line[0] + line[1:].expandtabs(8) if line[:1] in ("+", "-", " ") and line else line
        for line in diff.split("\n")
    )


@on_diff
def blank_lost(diff: str) -> str:
    """Context keeps its indentation and loses the one blank in front."""
    return "\n".join(
        line[1:] if line.startswith(" \t") or line == " " else line for line in diff.split("\n")
    )


def escaped(mail: str) -> str:
    """A body copied out of an archive page's source."""
    head, body = split(mail)
    return f"{head}\n\n" + body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@on_diff
def folded(diff: str) -> str:
    """A mailer that folds at 72 columns."""
    out: list[str] = []
    for line in diff.split("\n"):
        wrap = len(line) > 72 and not line.startswith(("diff", "---", "+++"))
        out.extend(
            textwrap.wrap(line, 72, drop_whitespace=False, break_long_words=False)
            if wrap
            else [line]
        )
    return "\n".join(line.rstrip(" ") or line[:1] for line in out)
