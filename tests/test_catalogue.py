"""Every method of the catalogue: its contract, its papers, its name, its tests and its claim."""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from cribble.core import FAMILIES, Budget
from cribble.selectors.catalogue import METHODS, make, method_class
from cribble.testing import check_selector, fingerprint
from cribble.testing.contract import make_pool

ROOT = Path(__file__).resolve().parents[1]
# Methods whose defaults need the extra models.
LEARNED = {"gais"}
NAMES = [
    pytest.param(name, marks=pytest.mark.models if name in LEARNED else ())
    for name in sorted(METHODS)
]
# Distances between picks and the spectrum of picks are not submodular: gains may rise.
UNBOUNDED = {"gist", "max-sum-diversification", "vendi"}
ABLE = sorted(name for name in METHODS if name not in LEARNED or find_spec("torch"))


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_holds(name: str) -> None:
    check_selector(method_class(name))


def test_another_process_with_one_thread_picks_the_same_rows() -> None:
    code = """
import json
import sys
from cribble.selectors.catalogue import make
from cribble.testing import fingerprint
print(json.dumps({name: fingerprint(make(name)) for name in sys.argv[1:]}))
"""
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    )
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), *sys.path]))
    env = {**os.environ, **threads, "PYTHONPATH": path, "PYTHONHASHSEED": "77"}
    told = subprocess.run(
        [sys.executable, "-c", code, *ABLE], env=env, capture_output=True, text=True, check=True
    )
    assert json.loads(told.stdout) == {name: fingerprint(make(name)) for name in ABLE}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_maximized_has_a_bound(name: str) -> None:
    """Whatever says the value of its picks says what no picks exceed, also in JSON and report."""
    method = make(name)
    chosen = method.select(make_pool(method.card.needs, 30, seed=1), Budget(rows=5))
    if chosen.value is None or name in UNBOUNDED:
        assert chosen.upper_bound is None
    else:
        assert chosen.value <= chosen.upper_bound * (1 + 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_file_class_and_card_share_one_name(name: str) -> None:
    family, module, cls = re.fullmatch(r"(\w+)\.(\w+):(\w+)", METHODS[name]).groups()
    assert module == name.replace("-", "_")
    assert cls.lower() == name.replace("-", "")
    assert method_class(name).card.name == name
    assert method_class(name).card.family == family
    assert (ROOT / "tests" / "selectors" / family / f"test_{module}.py").is_file()
    assert (ROOT / "benchmarks" / "claims" / f"{module}.py").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_method_is_a_frozen_documented_dataclass(name: str) -> None:
    cls = method_class(name)
    assert cls.__dataclass_params__.frozen
    assert cls.__bases__ == (object,)
    assert not hasattr(cls(), "__dict__"), "slots are missing"
    text = inspect.getdoc(cls)
    assert re.search(r"^Source:\n    \S", text, re.MULTILINE), "no Source section"
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|doi:10\.", text), "no arXiv id or doi"
    assert cls.card.source, "no source on the card"
    documented = re.findall(r"^    (\w+): ", text.partition("Args:")[2].partition("\n\n")[0], re.M)
    assert documented == [field.name for field in dataclasses.fields(cls)]
    assert {"Returns:", "Raises:"} <= set(inspect.getdoc(cls.select).split())


def test_the_catalogue_lists_families_in_their_order() -> None:
    listed = [entry.partition(".")[0] for entry in METHODS.values()]
    assert listed == sorted(listed, key=FAMILIES.index)


def test_every_method_file_is_listed() -> None:
    folder = ROOT / "src" / "cribble" / "selectors"
    files = {
        f"{path.parent.name}.{path.stem}"
        for path in folder.glob("*/*.py")
        if path.stem != "__init__" and "card: ClassVar" in path.read_text("utf-8")
    }
    assert files == {entry.partition(":")[0] for entry in METHODS.values()}
