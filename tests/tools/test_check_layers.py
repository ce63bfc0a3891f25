"""The layer check finds planted offenses, passes the house, and importing stays light."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "check_layers.py"


def _check(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), str(root)], capture_output=True, text=True, check=False
    )


def _plant(root: Path, file: str, text: str) -> subprocess.CompletedProcess[str]:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return _check(root)


PLANTED = [
    ("src/cribble/core/a.py", "from cribble.kernels.topk import top", "core imports kernels"),
    ("src/cribble/core/a.py", "import cribble.run.plan", "core imports run"),
    (
        "src/cribble/kernels/a.py",
        "def f():\n    from cribble.data import rows",
        "2: kernels imports data, which stands above",
    ),
    (
        "src/cribble/objectives/a.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from cribble.optimizers import x",
        "3: objectives imports optimizers, which stands above",
    ),
    ("src/cribble/signals/a.py", "from ..selectors import x", "signals imports selectors"),
    ("src/cribble/signals/a.py", "from .. import selectors", "signals imports selectors"),
    ("src/cribble/run/a.py", "from cribble.testing import x", "run imports testing"),
    ("src/cribble/testing/a.py", "from cribble.api import x", "testing imports api"),
    ("src/cribble/web/a.py", "from cribble.cli import x", "web imports cli"),
    ("src/cribble/core/a.py", "from cribble import Pool", "import from the module itself"),
    (
        "src/cribble/selectors/diversity/a.py",
        "from cribble.selectors.coverage.b import B",
        "family diversity imports family coverage",
    ),
    (
        "src/cribble/selectors/diversity/a.py",
        "from ..coverage import b",
        "family diversity imports family coverage",
    ),
    ("src/cribble/kernels/a.py", "from cribble.core import Pool", "kernels see arrays"),
    ("src/cribble/kernels/a.py", "from cribble.core.pool import DEFAULT_MEMORY", "see arrays"),
    ("src/cribble/selectors/coverage/a.py", "import numba", "numba, whose door is kernels"),
    ("src/cribble/kernels/a.py", "import faiss", "faiss, whose door is kernels.neighbors"),
    ("src/cribble/signals/a.py", "import pyarrow.parquet as pq", "pyarrow, whose door is data"),
    ("src/cribble/selectors/active/a.py", "from torch import nn", "signals or selectors.training"),
    ("src/cribble/core/utils.py", "", "nothing is named 'utils'"),
    ("src/cribble/common/a.py", "", "nothing is named 'common'"),
    ("tests/helpers.py", "", "nothing is named 'helpers'"),
    ("src/cribble/extras/a.py", "", "extras is in no layer"),
    ("tools/long.py", "x = 1\n" * 401, "401 lines; a file has at most 400"),
]


@pytest.mark.parametrize(("file", "text", "words"), PLANTED)
def test_a_planted_offense_is_found(tmp_path: Path, file: str, text: str, words: str) -> None:
    done = _plant(tmp_path, file, text)
    assert done.returncode == 1
    assert words in done.stdout
    assert str(tmp_path / file) in done.stdout


SOUND = [
    ("src/cribble/__init__.py", "from cribble.api import select"),
    ("src/cribble/core/a.py", "from cribble.core.pool import Pool\nimport numpy"),
    ("src/cribble/run/a.py", "from cribble import __version__\nfrom cribble.report import x"),
    ("src/cribble/kernels/a.py", "import numba\nfrom cribble.core.errors import ParameterError"),
    ("src/cribble/kernels/neighbors.py", "def f():\n    import faiss"),
    ("src/cribble/data/a.py", "import pyarrow as pa"),
    ("src/cribble/selectors/training/a.py", "import torch"),
    ("src/cribble/selectors/coverage/a.py", "from cribble.selectors.coverage.b import B"),
    ("src/cribble/selectors/coverage/a.py", "from .b import B"),
    ("src/cribble/testing/a.py", "from cribble.selectors.catalogue import METHODS"),
    ("src/cribble/api.py", "from cribble.run import plan"),
    ("src/cribble/__main__.py", "from cribble.cli import main"),
    ("tools/long.py", "x = 1\n" * 400),
]


@pytest.mark.parametrize(("file", "text"), SOUND)
def test_what_the_layers_allow_passes(tmp_path: Path, file: str, text: str) -> None:
    done = _plant(tmp_path, file, text)
    assert done.stdout == ""
    assert done.returncode == 0


def test_the_house_holds() -> None:
    assert _check(ROOT).stdout == ""


HEAVY = """
    datasets duckdb faiss fsspec matplotlib model2vec numba pandas polars pyarrow pydantic ray rich
    scipy sentence_transformers sklearn starlette torch transformers typer yaml zstandard
"""


@pytest.mark.parametrize("code", ["import cribble", "import cribble; cribble.__version__"])
def test_importing_the_package_loads_nothing_heavy(code: str) -> None:
    script = f"import sys, json; {code}; print(json.dumps(sorted(sys.modules)))"
    env = {"PYTHONPATH": str(ROOT / "src"), "PATH": ""}
    told = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in json.loads(told.stdout)}
    assert not loaded & set(HEAVY.split())
