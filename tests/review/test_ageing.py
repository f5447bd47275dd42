"""``kstale history PATH:LINE``: the commit since which a comment is false, in made histories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reviewer.cli.main import CLEAN, FAILED, FINDINGS, main

Capture = pytest.CaptureFixture[str]
HEAD = """\
static DEFINE_MUTEX(pond_lock);

"""
FILL = """\
/* Called with pond_lock held.{more} */
static void fill(void)
{{
	{work};
}}

"""
GO = """\
void pond_go(void)
{
	mutex_lock(&pond_lock);
	fill();
	mutex_unlock(&pond_lock);
}
"""
DRAIN = "int pond_drain_all(int by)\n{\n\treturn by;\n}\n"
USER = "/* Runs before pond_drain_all() does. */\nint feed(void)\n{\n\treturn 1;\n}\n"


class Made:
    """A repository that grows commit by commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        me = ["-c", "user.name=Ann", "-c", "user.email=ann@b.invalid"]
        command = ["git", *me, "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def commit(self, subject: str, **files: str) -> str:
        for name, text in files.items():
            path = self.folder / "mm" / f"{name}.c"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-qm", subject)
        return self.git("rev-parse", "HEAD").strip()


def fill(work: str = "count()", more: str = "") -> str:
    return FILL.format(work=work, more=more)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    one = Made(tmp_path)
    one.commit("pond: begin", pond=HEAD + fill() + GO, drain=DRAIN)
    for number in range(3):
        one.commit(f"pond: step {number}", pond=HEAD + fill(f"count({number})") + GO)
    return one


def history(made: Made, place: str, capsys: Capture) -> tuple[int, str]:
    status = main(["history", place, "--tree", str(made.folder)])
    return status, capsys.readouterr().out


def test_the_commit_that_let_go_of_the_lock(made: Made, capsys: Capture) -> None:
    calls = ("\tfill();\n", "\tmutex_unlock(&pond_lock);\n")
    late = GO.replace("".join(calls), "".join(reversed(calls)))
    guilty = made.commit("pond: shorten the section", pond=HEAD + fill("count(9)") + late)
    for number in range(3):
        made.commit(f"pond: more {number}", pond=HEAD + fill(f"more({number})") + late)
    made.commit("pond: say more", pond=HEAD + fill("more(2)", " Fills it.") + late)
    status, out = history(made, "mm/pond.c:3", capsys)
    assert status == CLEAN
    assert f'Fixes: {guilty[:12]} ("pond: shorten the section")' in out
    assert "Ann: pond: say more" in out
    assert "pond: more" not in out


def test_the_commit_that_took_the_name_from_another_file(made: Made, capsys: Capture) -> None:
    made.commit("pond: feed", feed=USER)
    guilty = made.commit("drain: rename", drain=DRAIN.replace("pond_drain_all", "pond_empty"))
    made.commit("pond: on", pond=HEAD + GO, feed="int more;\n" + USER)
    status, out = history(made, "mm/feed.c:2", capsys)
    assert status == CLEAN
    assert f"Fixes: {guilty[:12]} (" in out


def test_a_merge_is_followed_to_its_commit(made: Made, capsys: Capture) -> None:
    made.commit("pond: feed", feed=USER)
    made.git("checkout", "-qb", "side")
    guilty = made.commit("drain: rename", drain=DRAIN.replace("pond_drain_all", "pond_empty"))
    made.commit("drain: tidy", drain="\n" + DRAIN.replace("pond_drain_all", "pond_empty"))
    made.git("checkout", "-q", "main")
    made.commit("pond: elsewhere", other="int other;\n")
    made.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    status, out = history(made, "mm/feed.c:1", capsys)
    assert status == CLEAN
    assert f"Fixes: {guilty[:12]} (" in out


def test_words_that_were_never_true(made: Made, capsys: Capture) -> None:
    never = "/* See pond_never_was_there() first. */\nint late;\n"
    guilty = made.commit("pond: late", late=never)
    made.commit("pond: later", late="int later;\n" + never)
    status, out = history(made, "mm/late.c:2", capsys)
    assert status == CLEAN
    assert "false since it was written, by" in out
    assert f"Fixes: {guilty[:12]} (" in out


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("mm/pond.c:3", "nothing that the comment claims is broken"),
        ("mm/pond.c:1", "no comment stands there"),
        ("mm/none.c:1", "not in"),
    ],
)
def test_what_cannot_be_asked_is_said(made: Made, place: str, words: str, capsys: Capture) -> None:
    assert main(["history", place, "--tree", str(made.folder)]) == FAILED
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_the_commit_that_took_an_option(made: Made, capsys: Capture) -> None:
    kconfig = made.folder / "mm" / "Kconfig"
    kconfig.write_text('config POND_DEEP\n\tbool "Deep"\n\nmenuconfig POND\n\tbool "Ponds"\n')
    made.commit("pond: options", deep="/* With CONFIG_POND_DEEP it is deep. */\nint deep;\n")
    kconfig.write_text('menuconfig POND\n\tbool "Ponds"\n')
    guilty = made.commit("pond: all are deep")
    made.commit("pond: on", deep="int on;\n/* With CONFIG_POND_DEEP it is deep. */\nint deep;\n")
    status, out = history(made, "mm/deep.c:2", capsys)
    assert status == CLEAN
    assert "false since this commit" in out
    assert f"Fixes: {guilty[:12]} (" in out


def test_the_commit_that_took_a_name_from_assembly(made: Made, capsys: Capture) -> None:
    entry = made.folder / "mm" / "entry.S"
    entry.write_text("ENTRY(pond_entry_low)\n\tret\nENDPROC(pond_entry_low)\n")
    user = "/* Entered from pond_entry_low() then. */\nint feed(void)\n{\n\treturn 1;\n}\n"
    made.commit("pond: feed", feed=user)
    entry.write_text("ENTRY(pond_enter)\n\tret\nENDPROC(pond_enter)\n")
    guilty = made.commit("pond: enter")
    made.commit("pond: on", feed="int on;\n" + user)
    status, out = history(made, "mm/feed.c:2", capsys)
    assert status == CLEAN
    assert "false since this commit" in out
    assert f"Fixes: {guilty[:12]} (" in out


def test_words_that_only_an_older_tree_shows_false_were_true_when_written(
    made: Made, capsys: Capture
) -> None:
    user = "/* pond_drain_all goes first */\nint pond_feed(void)\n{\n\treturn 1;\n}\n"
    made.commit("pond: feed", feed=user, drain=DRAIN)
    made.git("tag", "v1.0")
    guilty = made.commit("drain: none", drain="int none;\n")
    place = ["mm/feed.c:1", "--tree", str(made.folder), "--was", f"{made.folder}@v1.0"]
    assert main(["history", *place]) == CLEAN
    out = capsys.readouterr().out
    assert "[gone-since-release]" in out
    assert "false since this commit" in out
    assert f"Fixes: {guilty[:12]} (" in out


def test_a_shallow_clone_does_not_know_who_wrote_what_it_begins_with(
    made: Made, tmp_path_factory: pytest.TempPathFactory, capsys: Capture
) -> None:
    made.commit("pond: feed", feed=USER)
    made.commit("drain: rename", drain=DRAIN.replace("pond_drain_all", "pond_empty"))
    made.commit("pond: on", pond=HEAD + GO)
    shallow = tmp_path_factory.mktemp("clones") / "shallow"
    made.git("clone", "-q", "--depth", "1", f"file://{made.folder}", str(shallow))
    assert main(["history", "mm/feed.c:1", "--tree", str(shallow)]) == FINDINGS
    told = capsys.readouterr().out
    assert "Fixes:" not in told
    assert "the clone is shallow" in told
    assert main(["history", "pond_drain_all", "--tree", str(shallow)]) == FINDINGS
    assert "the clone is shallow" in capsys.readouterr().out
