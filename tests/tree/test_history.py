"""Which commit took a name away, in a repository with a known answer."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reviewer.cli.main import main
from reviewer.errors import TreeError
from reviewer.tree.history import removal, successor


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def commit(text: str, subject: str) -> None:
        (tmp_path / "pond.c").write_text(text)
        me = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
        subprocess.run(["git", *me, "commit", "-qm", subject], cwd=tmp_path, check=True)

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    body = (
        "int pond_fill(int by)\n{\n\treturn by;\n}\nint duck(void)\n{\n\treturn pond_fill(1);\n}\n"
    )
    commit(body, "pond: begin")
    commit(body.replace("pond_fill", "pond_refill"), "pond: rename pond_fill() to pond_refill()")
    commit("int duck(void)\n{\n\treturn 2;\n}\n", "pond: drop it")
    return tmp_path


def test_a_rename_names_the_commit_and_the_successor(repository: Path) -> None:
    found = removal(str(repository), "pond_fill")
    assert found is not None
    assert found.subject == "pond: rename pond_fill() to pond_refill()"
    assert found.renamed == "pond_refill"
    assert found.fixes.startswith(f'Fixes: {found.commit[:12]} ("pond: rename')


def test_a_removal_has_no_successor(repository: Path) -> None:
    found = removal(str(repository), "pond_refill")
    assert found is not None
    assert (found.subject, found.renamed) == ("pond: drop it", "")


def test_what_never_was_and_what_is_no_name(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert removal(str(repository), "pond_empty") is None
    with pytest.raises(TreeError, match="not a name"):
        removal(str(repository), "--all")
    assert main(["history", "pond_fill", "--tree", str(repository)]) == 0
    assert "pond_refill in its place" in capsys.readouterr().out
    assert main(["history", "pond_empty", "--tree", str(repository)]) == 1


def test_a_line_that_changes_more_than_the_name_is_no_rename() -> None:
    diff = "@@ -1 +1 @@\n-\treturn pond_fill(1, 2);\n+\treturn pond_drain(3);\n"
    assert successor(diff, "pond_fill") == ""


def test_who_brings_a_name_has_not_taken_it_away(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert removal(str(repository), "duck") is None
    assert main(["history", "duck", "--tree", str(repository)]) == 1
    out = capsys.readouterr().out
    assert out == "duck: no commit below HEAD takes it away\n"
    # a later mention does not hide the commit that took it away
    me = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    (repository / "more.c").write_text("/* As pond_fill() did. */\nint more;\n")
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    subprocess.run(["git", *me, "commit", "-qm", "more"], cwd=repository, check=True)
    assert main(["history", "pond_fill", "--tree", str(repository)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("pond_fill: taken away on ")
    assert "rename pond_fill() to pond_refill()" in out


def _commit(repository: Path, file: str, text: str, subject: str) -> None:
    (repository / file).write_text(text)
    me = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    subprocess.run(["git", *me, "commit", "-qm", subject], cwd=repository, check=True)


def test_who_takes_a_comment_away_has_not_taken_the_name_away(repository: Path) -> None:
    said = "/*\n * As pond_fill() did.\n */\nint more; /* not pond_fill() */\n// pond_fill()\n"
    _commit(repository, "more.c", said, "more")
    _commit(repository, "more.c", "int more;\n", "more: no such words")
    found = removal(str(repository), "pond_fill")
    assert found is not None
    assert found.subject == "pond: rename pond_fill() to pond_refill()"


def test_a_name_that_is_there_still_is_not_gone(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uses = "int duck(void)\n{\n\treturn 2;\n}\nint a = sizeof(duck());\n"
    _commit(repository, "pond.c", uses, "pond: use it")
    _commit(repository, "pond.c", uses.partition("int a")[0], "pond: a is not needed")
    assert main(["history", "duck", "--tree", str(repository)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("duck: still in pond.c, uses of it were last taken away on ")
    assert "Fixes:" not in out


@pytest.fixture
def told(repository: Path) -> Path:
    """The repository with an option and a document that come, stay a while, and go."""

    def commit(subject: str) -> None:
        me = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
        subprocess.run(["git", *me, "commit", "-qm", subject], cwd=repository, check=True)

    (repository / "mm").mkdir()
    (repository / "mm/Kconfig").write_text(
        "config POND\n\tbool\n\nconfig POND_DEEP\n\tbool\n\nconfig POND_LOW\n\tbool\n"
    )
    (repository / "mm/fish.txt").write_text("How fish\nare counted\nin a pond\n")
    (repository / "mm/reed.c").write_text("int reed;\n")
    commit("pond: options and words")
    (repository / "mm/Kconfig").write_text(
        "config POND\n\tbool\n\tdepends on POND_DEEP\n\nconfig POND_LOW\n\tbool\n"
    )
    commit("pond: all are deep")
    (repository / "mm/Kconfig").write_text("config POND\n\tbool\n\nconfig POND_FLAT\n\tbool\n")
    commit("pond: low is flat")
    (repository / "mm/fish.txt").rename(repository / "mm/fish.rst")
    commit("pond: words as rst")
    (repository / "mm/reed.c").unlink()
    commit("pond: no reed")
    return repository


@pytest.mark.parametrize(
    ("name", "subject", "more"),
    [
        ("CONFIG_POND_DEEP", "pond: all are deep", ""),
        ("CONFIG_POND_LOW", "pond: low is flat", "its diff writes CONFIG_POND_FLAT in its place"),
        ("mm/fish.txt", "pond: words as rst", "its diff moves it to mm/fish.rst"),
        ("mm/reed.c", "pond: no reed", ""),
    ],
)
def test_options_and_paths_were_taken_away_too(
    name: str, subject: str, more: str, told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", name, "--tree", str(told / "mm")]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{name}: taken away on ")
    assert f'("{subject}")\n' in said
    assert ("its diff" in said) == more.startswith("its diff")
    assert more in said


@pytest.mark.parametrize("name", ["CONFIG_POND", "CONFIG_REED", "mm/fish.rst", "mm/never.c"])
def test_what_is_there_or_never_was_is_not_taken_away(
    name: str, told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", name, "--tree", str(told)]) == 1
    assert "no commit below HEAD takes it away" in capsys.readouterr().out


def test_an_option_that_another_file_defines_is_still_there(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (told / "Kconfig").write_text("menuconfig POND_DEEP\n\tbool\n")
    subprocess.run(["git", "add", "-A"], cwd=told, check=True)
    me = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *me, "commit", "-qm", "deep ones"], cwd=told, check=True)
    assert main(["history", "CONFIG_POND_DEEP", "--tree", str(told)]) == 0
    said = capsys.readouterr().out
    assert "still in Kconfig" in said
    assert "Fixes:" not in said
    (told / "Kconfig").write_text("\n")
    subprocess.run(["git", *me, "commit", "-qam", "none"], cwd=told, check=True)
    assert main(["history", "CONFIG_POND_DEEP", "--tree", str(told)]) == 0
    assert '("none")' in capsys.readouterr().out


def test_a_name_is_looked_for_in_the_whole_repository(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "pond_fill", "--tree", str(told / "mm")]) == 0
    assert "pond_refill in its place" in capsys.readouterr().out
