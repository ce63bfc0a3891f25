"""The skeleton of a method: clean, registered in its place, and failing until it is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "new_method.py"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """What the tool needs of the project, and what its result is judged with."""
    for file in ("pyproject.toml", "tests/conftest.py", "tests/test_catalogue.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "benchmarks" / "claims").mkdir(parents=True)
    return tmp_path


def _lay_out(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *arguments, "--root", str(house)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _in(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=house, capture_output=True, text=True, check=False
    )


def test_the_skeleton_is_clean_and_fails_until_written(house: Path) -> None:
    done = _lay_out(house, "far-sum2", "--family", "coverage", "--needs", "embedding,target")
    assert done.stdout.split() == [
        "src/cribble/selectors/coverage/far_sum2.py",
        "tests/selectors/coverage/test_far_sum2.py",
        "benchmarks/claims/far_sum2.py",
        "src/cribble/selectors/catalogue.py",
    ]
    written = done.stdout.split()
    assert _in(house, "ruff", "format", "--check", *written).returncode == 0
    assert _in(house, "ruff", "check", *written).stdout.strip() == "All checks passed!"
    tests = _in(house, "pytest", "-p", "no:cacheprovider", "tests", "-k", "far_sum2 or far-sum2")
    assert "NotImplementedError" in tests.stdout
    for failed in (
        "test_far_sum2.py::test_picks_equal_brute_force",
        "test_catalogue.py::test_the_contract_holds[far-sum2]",
        "test_catalogue.py::test_a_method_is_a_frozen_documented_dataclass[far-sum2]",
    ):
        assert f"FAILED tests/{failed}" in tests.stdout.replace("selectors/coverage/", "")
    assert "1 passed" in tests.stdout, "its names agree"


def test_a_method_is_listed_behind_its_family(house: Path) -> None:
    for name, family in (("zz", "evaluation"), ("aa", "baselines"), ("mm", "coverage")):
        assert _lay_out(house, name, "--family", family).returncode == 0
    text = (house / "src/cribble/selectors/catalogue.py").read_text("utf-8")
    listed = re.findall(r'^    "([a-z0-9-]+)": "\w+\.\w+:\w+",$', text, re.MULTILINE)
    assert listed.index("top-score") < listed.index("aa") < listed.index("mm") < listed.index("zz")
    assert listed.index("zz") < listed.index("auto")


@pytest.mark.parametrize(
    ("name", "family", "words"),
    [
        ("FarSum", "coverage", "not a name like k-center"),
        ("far-sum", "covers", "the families are baselines"),
        ("random", "baselines", "random.py exists"),
    ],
)
def test_what_cannot_be_laid_out_changes_nothing(
    house: Path, name: str, family: str, words: str
) -> None:
    before = {path: path.read_bytes() for path in house.rglob("*.py")}
    done = _lay_out(house, name, "--family", family)
    assert done.returncode == 2
    assert words in done.stderr
    assert {path: path.read_bytes() for path in house.rglob("*.py")} == before
