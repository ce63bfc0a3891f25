from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

WORDS = ("river", "stone", "cloud", "ember", "field", "glass", "harbor", "island")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder and a cache of its own."""
    monkeypatch.setenv("CRIBBLE_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "work"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def lines(folder) -> list[bytes]:
    """The lines of ``pool.jsonl``: 60 rows in two sources, spaced in an odd way."""
    made = []
    for row in range(60):
        text = " ".join(WORDS[(row * step + step) % len(WORDS)] for step in range(1, 7))
        source = "code" if row % 3 == 0 else "web"
        made.append(
            f'{{"id": "r{row}",  "source": "{source}", "score": {row % 7}.5, '
            f'"price": {row % 4}, "text": "{text}"}}\n'.encode()
        )
    (folder / "pool.jsonl").write_bytes(b"".join(made))
    return made


@pytest.fixture
def cribble(capsys):
    """Run the command line in this process."""
    from cribble.cli.app import app

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            app([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Ended(int(left.value.code or 0), told.out, told.err)

    return run
