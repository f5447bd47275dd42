"""Kept verdicts that are damaged, or made by others: passed over, and the file judged anew."""

from __future__ import annotations

import pickle
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.cli.main import main
from reviewer.errors import ResultError
from reviewer.program.opening import open_program
from reviewer.review.kept import Record
from reviewer.review.model import Selection
from reviewer.review.result import unpacked
from reviewer.review.scan import Request, scan
from reviewer.tree.opening import open_tree
from reviewer.unit.segment import KEY
from reviewer.unit.snapshot import listed_once

Frames = list[bytes]
STALE = "/* Runs before pond_drain{n}() does. */\nint pond_go{n}(void)\n{{\n\treturn 1;\n}}\n"
MAGIC = 10


def _frames(data: bytes) -> Frames:
    found, at = [], MAGIC
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        found.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    return found


def _framed(frames: Frames) -> bytes:
    sizes = [struct.pack("<II", len(one), zlib.crc32(one)) for one in frames]
    return b"".join(size + one for size, one in zip(sizes, frames, strict=True))


def _with_result(change: Callable[[bytes, int], bytes]) -> Callable[[Frames], Frames]:
    """The first record with another result, given its old one and where its body starts."""

    def changed(frames: Frames) -> Frames:
        path, asked = struct.unpack_from("<II", frames[1])
        at = 8 + path + KEY + asked
        result = frames[1][at:]
        made = change(result, 4 + int.from_bytes(result[:4], "little"))
        return [frames[0], frames[1][:at] + made, *frames[2:]]

    return changed


def _with_body(body: bytes) -> Callable[[Frames], Frames]:
    return _with_result(lambda result, at: result[:at] + zlib.compress(body))


DAMAGES: dict[str, Callable[[Frames], Frames]] = {
    "no frame": lambda frames: [],
    "an empty frame": lambda frames: [b"", *frames[1:]],
    "another tree": lambda frames: [bytes(32) + frames[0][32:], *frames[1:]],
    "no snapshot": lambda frames: [bytes(32) + b"junk", *frames[1:]],
    "too many paths": lambda frames: [bytes(32) + frames[0][32:-4] + b"\xff\0\0\0", *frames[1:]],
    "a short record": lambda frames: [frames[0], b"abc", *frames[2:]],
    "sizes": lambda frames: [frames[0], b"\xff" * 8 + frames[1][8:], *frames[2:]],
    "no result": _with_result(lambda result, at: b""),
    "a head cut": _with_result(lambda result, at: result[:20]),
    "a head's size": _with_result(lambda result, at: b"\xff" * 4 + result[4:]),
    "no head": _with_result(lambda result, at: bytes(4) + result[4:]),
    "a head of another": _with_result(lambda result, at: result[:4] + b"\x63" + result[5:]),
    "a body cut": _with_result(lambda result, at: result[:-5]),
    "another thing": _with_body(pickle.dumps(3)),
    "no pickle": _with_body(b"R."),
    "too few arguments": _with_body(b"\x80\x05creviewer.review.result\nFileResult\n)R."),
    "a program": _with_body(b"creviewer.__main__\nFoo\n."),
}


@pytest.fixture
def tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.setenv("KSTALE_CACHE", str(tmp_path / "cache"))
    tree = tmp_path / "tree"
    (tree / "mm").mkdir(parents=True)
    for n in range(3):
        (tree / "mm" / f"pond{n}.c").write_text(STALE.format(n=n))
    assert main(["index", str(tree)]) == 0
    capsys.readouterr()
    return tree


def test_what_changed_after_the_tree_was_listed_is_not_kept(tree: Path) -> None:
    file, was = tree / "mm" / "pond0.c", (tree / "mm" / "pond0.c").read_text()
    with listed_once():
        open_program(open_tree(str(tree)))
        file.write_text(was.replace("drain0", "empty0"))
        report = scan(Request(str(tree), (), Selection()))
    assert report.missing == ("mm/pond0.c: changed while the tree was looked at",)
    file.write_text(was)
    report = scan(Request(str(tree), (), Selection()))
    assert report.missing == ()
    assert "pond_drain0" in report.findings[0].verdict.message


def test_what_changes_after_it_was_judged_is_told_of_and_not_kept(tree: Path) -> None:
    file, was = tree / "mm" / "pond2.c", (tree / "mm" / "pond2.c").read_text()

    def edit(done: int, of: int) -> None:
        if done == of:
            file.write_text(was.replace("drain2", "empty2"))

    report = scan(Request(str(tree), (), Selection()), progress=edit)
    assert report.missing == ("mm/pond2.c: changed while the tree was looked at",)
    report = scan(Request(str(tree), (), Selection()))
    assert report.missing == ()
    assert "pond_empty2" in report.findings[2].verdict.message


def test_a_map_of_another_size_is_made_anew(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = main(["scan", str(tree), "--no-config"]), *capsys.readouterr()
    (file,) = (tree.parent / "cache").rglob("*.tree")
    head = len(b"kstalemap3")
    for body in (b"", b"abc", bytes(31), bytes(32), b"\xff" * 64, file.read_bytes()[head + 4 : -1]):
        file.write_bytes(file.read_bytes()[:head] + struct.pack("<I", zlib.crc32(body)) + body)
        assert (main(["scan", str(tree), "--no-config"]), *capsys.readouterr()) == told


def test_a_result_that_grows_too_large_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.unit.inflate._MOST", 1 << 20)
    with pytest.raises(ResultError, match="too large"):
        unpacked(bytes(4) + zlib.compress(bytes(1 << 21)))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_changes_nothing(
    damage: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def scanned() -> tuple[int, str, str]:
        return main(["scan", str(tree), "--no-config", "--jobs", "1"]), *capsys.readouterr()

    told = scanned()
    (file,) = (tree.parent / "cache").rglob("*.reviews")
    data = file.read_bytes()
    frames = _frames(data)
    assert data[MAGIC:] == _framed(frames)
    assert len(frames) == 4
    file.write_bytes(data[:MAGIC] + _framed(DAMAGES[damage](frames)))
    assert scanned() == told


def test_a_result_that_is_none_says_what_to_do() -> None:
    with pytest.raises(ResultError, match="delete the folder of the store"):
        unpacked(bytes(4) + zlib.compress(pickle.dumps(Record("", b"", b"", b""))))
