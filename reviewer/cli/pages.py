"""The pages that are made from the parser and the rules: ``python -m reviewer.cli.pages docs``."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from reviewer.cli.main import build_parser
from reviewer.cli.reference import Command, commands
from reviewer.rule import Example, Rule, builtin_rules, load_rules

_MADE = "<!-- Made by `make docs`; change the parser or the rules instead. -->\n"
_STATUS = (
    ("0", "clean"),
    ("1", "findings"),
    ("2", "anything else: kstale could not run, or something was left out; stderr says what"),
)
_FILES = (
    (".kstale.toml", "at the top of a tree, and in the home folder: what counts (docs/config.md)"),
    ("~/.cache/kstale", "what was read of trees; KSTALE_CACHE names another folder"),
)


def pages() -> dict[str, str]:
    """Every made page by its path below docs/."""
    every = commands(build_parser())
    made = {"rules.md": _rules(load_rules(builtin_rules())), "kstale.1": manual(every)}
    made["commands/README.md"] = _index(every)
    for one in every:
        made[f"commands/{one.name.replace(' ', '-')}.md"] = _page(one)
    return made


def _index(every: Iterable[Command]) -> str:
    rows = "".join(
        f"| [kstale {one.name}]({one.name.replace(' ', '-')}.md) | {_cell(one.summary)} |\n"
        for one in every
    )
    return f"{_MADE}# Commands\n\n| command | what it does |\n| --- | --- |\n{rows}"


def _page(one: Command) -> str:
    parts = [_MADE + f"# kstale {one.name}\n", f"    {one.usage}\n", f"{one.description}\n"]
    for title, arguments in one.groups:
        rows = "".join(f"| `{_cell(each.spelled)}` | {_cell(each.help)} |\n" for each in arguments)
        parts.append(f"## {title}\n\n| | |\n| --- | --- |\n{rows}")
    if one.epilog:
        parts.append("".join(f"    {line}".rstrip() + "\n" for line in one.epilog.split("\n")))
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _rules(rules: Iterable[Rule]) -> str:
    families: dict[str, list[Rule]] = {}
    for rule in rules:
        families.setdefault(rule.family, []).append(rule)
    parts = [
        _MADE + "# Rules\n",
        "What is looked for, by family. `kstale explain RULE` prints the same; "
        "`--only`, `--enable` and `--disable` take rules and families. A tier says how sure the "
        "kind of evidence is (docs/formats.md).\n",
    ]
    for family, members in sorted(families.items()):
        parts.append(f"## {family}\n")
        parts += [text for rule in members for text in _rule(rule)]
    return "\n".join(parts)


def _rule(rule: Rule) -> Iterator[str]:
    state = "" if rule.default else ", off by default"
    yield f"### {rule.name}\n"
    yield f"since {rule.since}, {rule.severity.value}, {rule.tier.value}{state}\n"
    yield f"{_prose(inspect.cleandoc(rule.__doc__ or ''))}\n"
    for title, examples in (("Flagged", rule.stale[:1]), ("Not flagged", rule.sound[:1])):
        for example in examples:
            yield f"{title}:\n"
            yield _code(example)


def _prose(text: str) -> str:
    """A docstring as Markdown: what looks like a tag or emphasis is none."""
    return re.sub(r"(?<!\w)_|\*", r"\\\g<0>", text.replace("<", "&lt;"))


def _code(example: Example) -> str:
    lines = inspect.cleandoc(example.code).splitlines()
    return "".join(f"    {line}".rstrip() + "\n" for line in lines)


def manual(every: Iterable[Command]) -> str:
    """The manual page, in man(7)."""
    parser = build_parser()
    lines = [
        '.\\" Made by make docs; change the parser instead.',
        ".TH KSTALE 1",
        ".SH NAME",
        "kstale \\- finds kernel comments that the code no longer bears out",
        ".SH SYNOPSIS",
        "\\fBkstale\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] ...",
        ".SH DESCRIPTION",
        _roff(" ".join((parser.description or "").split())),
        ".SH COMMANDS",
    ]
    for one in every:
        lines += [f".SS {_roff(one.usage)}", _roff(" ".join(one.description.split()))]
        for _, arguments in one.groups:
            for each in arguments:
                lines += [".TP", f"\\fB{_roff(each.spelled)}\\fR", _roff(each.help or "\\&")]
    for title, rows in (("EXIT STATUS", _STATUS), ("FILES", _FILES)):
        lines.append(f".SH {title}")
        for name, words in rows:
            lines += [".TP", f"\\fB{_roff(name)}\\fR", _roff(words)]
    lines += [".SH SEE ALSO", _roff("git-send-email(1), b4(1), mutt(1)")]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    """Text of one line, with what roff would obey put beyond it."""
    plain = text.replace("\\&", "").replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return f"\\&{plain}" if not plain or plain[0] in ".'" else plain


def main(argv: list[str]) -> int:
    """Write every page below a folder; pages of commands that are no more go."""
    folder = Path(argv[0])
    made = pages()
    for path, text in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for file in (folder / "commands").glob("*.md"):
        if f"commands/{file.name}" not in made:
            file.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
