"""The runner of claims reports what came, a crash included."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks" / "claims"
RESULTS = ROOT / "benchmarks" / "results"
SPEC = importlib.util.spec_from_file_location("claims_runner", FOLDER / "__main__.py")
assert SPEC is not None
assert SPEC.loader is not None
runner = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(runner)

CLAIMS = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def _plant(root: Path, code: str) -> None:
    folder = root / "benchmarks" / "claims"
    folder.mkdir(parents=True)
    for init in (folder / "__init__.py", folder.parent / "__init__.py"):
        init.write_text("", "utf-8")
    (folder / "planted.py").write_text(code, "utf-8")


def test_an_outcome_is_passed_on_as_it_came(tmp_path: Path) -> None:
    outcome = {"method": "m", "paper_says": "p", "we_saw": "s", "holds": False}
    _plant(tmp_path, f"def run():\n    return {outcome}")
    assert runner.measure("planted", tmp_path) == outcome


def test_a_crash_is_told_as_one(tmp_path: Path) -> None:
    _plant(tmp_path, "def run():\n    return 1 / 0")
    outcome = runner.measure("planted", tmp_path)
    assert outcome["holds"] is None
    assert "ZeroDivisionError" in outcome["we_saw"]


def test_the_table_says_which_claims_hold(capsys: pytest.CaptureFixture[str]) -> None:
    for holds in (True, False, None):
        runner.show({"method": "m", "paper_says": "p", "we_saw": "s", "holds": holds})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines[::3]] == [
        "holds",
        "does not hold",
        "crashed",
    ]


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_has_one_function_to_run(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))
    assert "run" in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_the_record_keeps_other_claims_and_becomes_a_table(tmp_path: Path) -> None:
    outcome = {"method": "m", "paper_says": "a|b", "we_saw": "s", "holds": True}
    known = ["far_sum", "near_sum"]
    runner.record(tmp_path, "near_sum", {**outcome, "method": "near-sum"}, known)
    runner.record(tmp_path, "far_sum", {**outcome, "holds": None}, known)
    runner.record(tmp_path, "far_sum", {**outcome, "holds": False}, known)
    assert list(json.loads((tmp_path / "claims.json").read_text("utf-8"))) == known
    head, _, *rows = (tmp_path / "claims.md").read_text("utf-8").splitlines()
    assert head == "1 of 2 claims hold here."
    assert rows[2:] == [
        "| m | a\\|b | s | does not hold | `python -m benchmarks.claims far-sum` |",
        "| near-sum | a\\|b | s | holds | `python -m benchmarks.claims near-sum` |",
    ]


def test_the_committed_table_has_every_claim_and_none_crashed() -> None:
    told = json.loads((RESULTS / "claims.json").read_text("utf-8"))
    assert list(told) == CLAIMS
    assert all(one["holds"] is not None for one in told.values())
    assert (RESULTS / "claims.md").read_text("utf-8") == runner.table(told)
