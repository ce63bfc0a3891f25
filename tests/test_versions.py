"""The lower bounds that are declared are the versions that `make test-lowest` installs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def _version(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _pins(file: str) -> dict[str, str]:
    lines = (ROOT / "ci" / file).read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


def test_declared_bounds_are_the_versions_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = dict(
        re.fullmatch(r"([\w-]+)>=([\d.]+)", d).groups() for d in project["dependencies"]
    )
    tested = _pins("lowest.txt")
    assert {name: _version(one) for name, one in declared.items()} == {
        name: _version(one) for name, one in tested.items()
    }


def test_torch_never_resolves_unpinned() -> None:
    assert "torch" in _pins("constraints.txt")
    for file in ("Makefile", ".ci/run"):
        for line in (ROOT / file).read_text("utf-8").splitlines():
            assert "pip install" not in line or "-c ci/" in line, line
