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
from reviewer.review.model import Selection
from reviewer.review.records import Record
from reviewer.review.request import Request
from reviewer.review.result import findings_in, head
from reviewer.review.scan import scan
from reviewer.source.between import CODE
from reviewer.tree.opening import open_tree
from reviewer.unit.segment import KEY
from reviewer.unit.taking import listed_once

Frames = list[bytes]
STALE = "/* Runs before pond_drain{n}() does. */\nint pond_go{n}(void)\n{{\n\treturn 1;\n}}\n"
MAGIC = 10
TAIL = 8 + 4 + MAGIC
"""Behind the index: where it begins, the check sum of what is before it, another magic."""


def _end(data: bytes) -> int:
    """Where the records end and the index begins."""
    return int.from_bytes(data[-TAIL : 8 - TAIL], "little")


def _with_index(frames: Frames, index: bytes) -> bytes:
    """What stands behind the magic of a file with these records and this index."""
    body = _framed(frames)
    check = zlib.crc32(b"kstalerev7" + body)
    return body + _framed([index]) + struct.pack("<QI", MAGIC + len(body), check) + b"kstaleend7"


def _frames(data: bytes) -> Frames:
    found, at = [], MAGIC
    while at < _end(data):
        size = int.from_bytes(data[at : at + 4], "little")
        found.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    return found


def _framed(frames: Frames) -> bytes:
    sizes = [struct.pack("<II", len(one), zlib.crc32(one)) for one in frames]
    return b"".join(size + one for size, one in zip(sizes, frames, strict=True))


def _with_result(change: Callable[[bytes, int], bytes]) -> Callable[[Frames], Frames]:
    """The first record with another result, given its old one and where its findings start."""

    def changed(frames: Frames) -> Frames:
        path, asked, brought = struct.unpack_from("<III", frames[1])
        at = 12 + path + KEY + CODE + asked + brought
        result = frames[1][at:]
        made = change(result, head(result).parts[1])
        return [frames[0], frames[1][:at] + made, *frames[2:]]

    return changed


def _parts(frame: bytes) -> tuple[list[int], int]:
    """The sizes of a record's parts, and where its questions begin."""
    sizes = list(struct.unpack_from("<III", frame))
    return sizes, 12 + sizes[0] + KEY + CODE + sizes[1]


def _with_damaged_questions(frame: bytes) -> bytes:
    sizes, at = _parts(frame)
    return frame[:at] + bytes(sizes[2]) + frame[at + sizes[2] :]


def _without_questions(frame: bytes) -> bytes:
    """Those that ask them know of them no more."""
    sizes, at = _parts(frame)
    return struct.pack("<III", *sizes[:2], 0) + frame[12:at] + frame[at + sizes[2] :]


def _with_body(body: bytes) -> Callable[[Frames], Frames]:
    packed = zlib.compress(body)
    size = struct.pack("<Q", len(packed))

    def change(result: bytes, at: int) -> bytes:
        return result[: SIZE_AT - 8] + size + result[SIZE_AT:at] + packed

    return _with_result(change)


SIZE_AT = 22 * 8
"""Where the head's plain numbers end; the last is the size of the findings."""


DAMAGES: dict[str, Callable[[Frames], Frames]] = {
    "no frame": lambda frames: [],
    "an empty frame": lambda frames: [b"", *frames[1:]],
    "another tree": lambda frames: [bytes(32) + frames[0][32:], *frames[1:]],
    "no snapshot": lambda frames: [bytes(32) + b"junk", *frames[1:]],
    "too many paths": lambda frames: [bytes(32) + frames[0][32:-4] + b"\xff\0\0\0", *frames[1:]],
    "a short record": lambda frames: [frames[0], b"abc", *frames[2:]],
    "sizes": lambda frames: [frames[0], b"\xff" * 8 + frames[1][8:], *frames[2:]],
    "questions": lambda frames: [frames[0], *map(_with_damaged_questions, frames[1:])],
    "no questions": lambda frames: [frames[0], *map(_without_questions, frames[1:])],
    "no result": _with_result(lambda result, at: b""),
    "a head cut": _with_result(lambda result, at: result[:20]),
    "a head's sizes": _with_result(
        lambda result, at: result[: SIZE_AT - 40] + b"\xff" * 40 + result[SIZE_AT:]
    ),
    "no head": _with_result(lambda result, at: bytes(40) + result[40:]),
    "a head of another": _with_result(lambda result, at: b"\x63" + result[1:]),
    "a body cut": _with_result(lambda result, at: result[:-5]),
    "another thing": _with_body(pickle.dumps(3)),
    "no pickle": _with_body(b"R."),
    "too few arguments": _with_body(b"\x80\x05creviewer.finding\nFinding\n)R."),
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
    head = len(b"kstalemap4")
    for body in (b"", b"abc", bytes(31), bytes(32), b"\xff" * 64, file.read_bytes()[head + 4 : -1]):
        file.write_bytes(file.read_bytes()[:head] + struct.pack("<I", zlib.crc32(body)) + body)
        assert (main(["scan", str(tree), "--no-config"]), *capsys.readouterr()) == told


def test_a_result_that_grows_too_large_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.unit.inflate._MOST", 1 << 20)
    with pytest.raises(ResultError, match="too large"):
        findings_in(_packed(bytes(1 << 21)))


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
    assert data[MAGIC : _end(data)] == _framed(frames)
    assert len(frames) == 4
    damaged = DAMAGES[damage](frames)
    file.write_bytes(data[:MAGIC] + _framed(damaged))
    assert scanned() == told
    index = data[_end(data) + 8 : -TAIL]
    file.write_bytes(data[:MAGIC] + _with_index(damaged, index))
    assert scanned() == told


INDICES: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda plain: b"",
    "half a row": lambda plain: plain[:-5],
    "a row less": lambda plain: plain[:4] + plain[12:20] + plain[36:44],
    "places": lambda plain: b"\xff" * 12 + plain[12:],
    "one place": lambda plain: bytes(12) + plain[12:],
    "starts": lambda plain: plain[:12] + b"\xff" * 24 + plain[36:],
    "ends": lambda plain: plain[:36] + b"\xff" * 24,
    "nothing in them": lambda plain: plain[:36] + plain[12:36],
}


@pytest.mark.parametrize("change", INDICES)
def test_a_damaged_index_changes_nothing(
    change: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def scanned() -> tuple[int, str, str]:
        return main(["scan", str(tree), "--no-config", "--jobs", "1"]), *capsys.readouterr()

    told = scanned()
    (file,) = (tree.parent / "cache").rglob("*.reviews")
    data = file.read_bytes()
    plain = zlib.decompress(data[_end(data) + 8 : -TAIL])
    assert len(plain) == 3 * 20
    frames = _frames(data)
    for index in (zlib.compress(INDICES[change](plain)), INDICES[change](plain)):
        file.write_bytes(data[:MAGIC] + _with_index(frames, index))
        assert scanned() == told
    file.write_bytes(data[:-TAIL] + bytes([data[-TAIL] ^ 1]) + data[1 - TAIL :])
    assert scanned() == told
    file.write_bytes(data[: MAGIC + 40] + bytes([data[MAGIC + 40] ^ 1]) + data[MAGIC + 41 :])
    assert scanned() == told


def test_a_result_that_is_none_says_what_to_do() -> None:
    with pytest.raises(ResultError, match="delete the folder of the store"):
        findings_in(_packed(pickle.dumps(Record("", b"", b"", b""))))


def _packed(plain: bytes) -> bytes:
    """A result of one finding that is made of these bytes."""
    findings = zlib.compress(plain)
    return struct.pack("<22Q", *[0] * 14, 1, *[0] * 6, len(findings)) + findings
