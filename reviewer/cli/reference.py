"""What the command line takes, read out of its parser: for the manual page and the docs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Argument:
    """One option or positional argument."""

    spelled: str
    """``-o FILE, --output FILE`` or ``MAIL…``."""
    help: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command; of ``hook`` each of its actions is one too."""

    name: str
    """``check``, ``hook install``."""
    summary: str
    description: str
    usage: str
    """On one line."""
    groups: tuple[tuple[str, tuple[Argument, ...]], ...]
    """Titles and what stands below them."""
    epilog: str


def commands(parser: argparse.ArgumentParser) -> tuple[Command, ...]:
    """All commands of a parser in its order, with those of commands that have their own."""
    return tuple(_commands(parser, ""))


def _commands(parser: argparse.ArgumentParser, prefix: str) -> Iterator[Command]:
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        summaries = {one.dest: one.help or "" for one in action._choices_actions}
        for name, inner in action.choices.items():
            # a name without a summary is for git's hooks and not for people
            if summary := summaries.get(name, ""):
                yield _command(f"{prefix}{name}", summary, inner)
                yield from _commands(inner, f"{prefix}{name} ")


def _command(name: str, summary: str, parser: argparse.ArgumentParser) -> Command:
    groups = []
    for group in parser._action_groups:
        shown = tuple(_arguments(group))
        if shown:
            groups.append((group.title or "", shown))
    return Command(
        name,
        summary,
        parser.description or "",
        " ".join(("kstale", name, *_usage(parser))),
        tuple(groups),
        (parser.epilog or "").strip("\n"),
    )


def _arguments(group: argparse._ArgumentGroup) -> Iterator[Argument]:
    for action in group._group_actions:
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._SubParsersAction):
            continue
        value = _value(action)
        if action.option_strings:
            spelled = ", ".join(f"{one} {value}".rstrip() for one in action.option_strings)
        else:
            spelled = value
        yield Argument(spelled, _help(action))


def _help(action: argparse.Action) -> str:
    words = (action.help or "") % {**vars(action), "prog": "kstale"}
    return " ".join(words.split())


def _value(action: argparse.Action) -> str:
    """How the value of an argument is written; '' for a flag."""
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, str):
        name = action.metavar
    elif action.choices is not None:
        name = "{" + ",".join(map(str, action.choices)) + "}"
    else:
        name = action.dest.upper()
    if action.nargs == "*":
        return f"[{name}…]"
    return {"+": f"{name}…", "?": f"[{name}]"}.get(str(action.nargs), name)


def _usage(parser: argparse.ArgumentParser) -> Iterator[str]:
    positional = [one for one in parser._actions if not one.option_strings]
    required = [one for one in parser._actions if one.option_strings and one.required]
    yield "[OPTION…]"
    for action in (*required, *positional):
        if action.help == argparse.SUPPRESS:
            continue
        if isinstance(action, argparse._SubParsersAction):
            yield str(action.metavar or "COMMAND")
        elif action.option_strings:
            yield f"{action.option_strings[-1]} {_value(action)}"
        else:
            yield _value(action)
