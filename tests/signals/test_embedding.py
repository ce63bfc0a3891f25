"""The door: block alignment, the cache, resumption, and specs that cannot be opened."""

import importlib.util
import subprocess
import sys
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import Silent, TextBlock
from cribble.core.errors import (
    MissingPackageError,
    ParameterError,
    SignalError,
    UnknownNameError,
)
from cribble.data.store import Store
from cribble.signals.embedding import BLOCK_ROWS, embed, fit, open_embedder


@dataclass
class Lengths:
    """Embeds a text as its length, scaled by the longest text of the pool it was fitted on."""

    identity: str = "lengths"
    dim: int = 2
    longest: float | None = None
    seen: list = field(default_factory=list)
    fits: list = field(default_factory=list)
    stop_after: int | None = None

    def fit(self, texts, size, seed, progress, keep):
        self.fits.append(seed)
        return replace(self, longest=float(max(len(one) for block in texts() for one in block)))

    def embed_block(self, block):
        if self.stop_after is not None and len(self.seen) >= self.stop_after:
            raise KeyboardInterrupt
        self.seen.append(len(block))
        lengths = np.array([len(text) for text in block], dtype=np.float32)
        return np.stack([lengths / (self.longest or 1.0), np.ones(len(block))], axis=1)

    def state(self):
        return {} if self.longest is None else {"longest": np.array(self.longest)}

    def restored(self, state):
        return replace(self, longest=float(state["longest"]))


TEXTS = ["é" * (i * i % 97) for i in range(5000)]
EXPECTED = np.array([[i * i % 97, 1] for i in range(5000)], dtype=np.float32)


def streamed(texts, step):
    return lambda: (
        TextBlock.from_strings(texts[at : at + step]) for at in range(0, len(texts), step)
    )


@given(st.lists(st.integers(0, 2 * BLOCK_ROWS), max_size=8))
@settings(max_examples=40, deadline=None)
def test_blocks_are_aligned_whatever_the_stream(sizes):
    ends = np.minimum(np.cumsum([0, *sizes]), len(TEXTS)).tolist()
    pieces = [TEXTS[a:b] for a, b in zip([*ends], [*ends[1:], len(TEXTS)], strict=True)]
    embedder = Lengths()
    found = embed(
        embedder,
        lambda: map(TextBlock.from_strings, pieces),
        len(TEXTS),
        content="c",
        store=None,
    )
    assert np.array_equal(found, EXPECTED)
    assert embedder.seen == [2048, 2048, 904]


def test_the_cache_is_reused_and_tells_contents_and_embedders_apart(tmp_path):
    store, embedder = Store(tmp_path), Lengths()
    for _ in range(2):
        found = embed(embedder, streamed(TEXTS, 700), 5000, content="c", store=store)
        assert np.array_equal(found, EXPECTED)
    assert len(embedder.seen) == 3
    others = [s.upper() + "x" for s in TEXTS]
    other = embed(embedder, streamed(others, 700), 5000, content="d", store=store)
    assert np.array_equal(other[:, 0], EXPECTED[:, 0] + 1)
    changed = Lengths(identity="lengths of another kind")
    embed(changed, streamed(TEXTS, 700), 5000, content="c", store=store)
    assert len(changed.seen) == 3


def test_an_interrupted_run_embeds_only_what_is_missing(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        embed(Lengths(stop_after=1), streamed(TEXTS, 700), 5000, content="c", store=store)
    second = Lengths()
    found = embed(second, streamed(TEXTS, 512), 5000, content="c", store=store)
    assert np.array_equal(found, EXPECTED)
    assert second.seen == [2048, 904]


def test_a_fit_is_cached_by_content_and_seed(tmp_path):
    store, embedder = Store(tmp_path), Lengths()
    texts = streamed(TEXTS, 700)
    for seed in (0, 0, 1):
        fitted = fit(embedder, texts, 5000, content="c", store=store, seed=seed)
        assert fitted.longest == 96
    assert embedder.fits == [0, 1]
    assert fit(embedder, texts, 5000, content="c", store=None).longest == 96


def test_vectors_of_another_fit_are_not_taken_for_these(tmp_path):
    store, texts, target = Store(tmp_path), streamed(TEXTS, 700), streamed(["abc"], 1)
    fits = {"a": Lengths(longest=2.0), "b": Lengths(longest=4.0)}
    found = [
        embed(one, target, 1, content="t", store=store, seed=seed, fitted_on=name)[0, 0]
        for name, one in fits.items()
        for seed in (0, 1)
    ]
    assert found == [1.5, 1.5, 0.75, 0.75]
    assert sum(len(one.seen) for one in fits.values()) == 4
    with pytest.raises(ParameterError, match="fitted_on"):
        embed(fits["a"], texts, 5000, content="c", store=store)


@pytest.mark.parametrize("cached", [True, False])
def test_keeps_float16_and_refuses_what_does_not_fit(tmp_path, cached):
    store = Store(tmp_path) if cached else None
    half = embed(Lengths(), streamed(TEXTS, 700), 5000, content="c", store=store, dtype="float16")
    assert half.dtype == np.float16
    assert np.array_equal(half, EXPECTED)
    with pytest.raises(SignalError, match="row 1 is not finite in float16"):
        embed(
            Lengths(longest=1e-9),
            streamed(["", "ab"], 1),
            2,
            content="e",
            store=store,
            dtype="float16",
            fitted_on="e",
        )


@pytest.mark.parametrize(
    ("size", "found"),
    [(5001, "ended after 5,000"), (9000, "ended after 5,000"), (4999, "goes on after 4,999")],
)
def test_a_stream_of_another_length_is_refused(size, found):
    with pytest.raises(SignalError, match=f"the stream {found} of {size:,} rows"):
        embed(Lengths(), streamed(TEXTS, 700), size, content="c", store=None)


def test_an_embedder_of_the_wrong_shape_is_refused():
    with pytest.raises(SignalError, match=r"\(904, 2\), not \(904, 3\)"):
        embed(Lengths(dim=3), streamed(TEXTS[:904], 700), 904, content="c", store=None)


def test_no_texts_give_no_vectors(tmp_path):
    for store in (None, Store(tmp_path)):
        assert embed(Lengths(), streamed([], 1), 0, content="c", store=store).shape == (0, 2)


@pytest.mark.parametrize(
    ("spec", "error", "says"),
    [
        ("hashd", UnknownNameError, "did you mean hashed"),
        ("hashed:dims=8", UnknownNameError, "did you mean dim"),
        ("hashed:dim=0", ParameterError, "dim is 0"),
        ("hashed:dim=few", ParameterError, "dim is 'few'"),
        ("model2vec", ParameterError, "model2vec:NAME"),
        ("hf:?layer=2", ParameterError, "hf:NAME"),
        ("hf:x?pooling=first", UnknownNameError, "no pooling named 'first'"),
        ("hf:x?depth=2", UnknownNameError, "no parameter of hf named 'depth'"),
        ("hf:x?layer=top", ParameterError, "layer is 'top'"),
        ("hf:x?max_tokens=0", ParameterError, "max_tokens is 0"),
        ("model2vec:x?dim=2", UnknownNameError, "parameter of model2vec"),
        pytest.param(
            "hf:nobody/nothing", SignalError, "hf download nobody/nothing", marks=pytest.mark.models
        ),
        pytest.param(
            "model2vec:no/such/place",
            SignalError,
            "cribble itself downloads nothing",
            marks=pytest.mark.models,
        ),
        pytest.param(
            "sentence-transformers:nothing",
            SignalError,
            "local Hugging Face cache",
            marks=pytest.mark.models,
        ),
    ],
)
def test_a_spec_that_cannot_be_opened_says_why(spec, error, says):
    with pytest.raises(error, match=says):
        open_embedder(spec)


@pytest.mark.parametrize(
    ("spec", "package"),
    [
        ("sentence-transformers:x", "sentence_transformers"),
        ("model2vec:x", "model2vec"),
        ("hf:x", "torch"),
    ],
)
def test_a_missing_package_is_named(spec, package, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == package else real(name)
    )
    with pytest.raises(MissingPackageError, match=rf"{package}.*cribble\[models\]"):
        open_embedder(spec)


def test_opening_the_door_loads_no_model_library():
    code = (
        "import sys; import cribble.signals.embedding, cribble.signals.hidden_states;"
        "print(sorted({'torch', 'transformers', 'model2vec', 'sklearn'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(next(p for p in sys.path if p.endswith("src")))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"


def test_the_hashed_embedder_is_fitted_cached_and_opened_again(tmp_path):
    store = Store(tmp_path)
    texts = streamed([f"row {i} of {i % 7}" for i in range(300)], 50)
    found = []
    for _ in range(2):
        embedder = open_embedder("hashed:dim=8, ngrams=1")
        fitted = fit(embedder, texts, 300, content="c", store=store, seed=3)
        found.append(embed(fitted, texts, 300, content="c", store=store, seed=3, fitted_on="c"))
    fresh = fit(open_embedder("hashed:dim=8,ngrams=1"), texts, 300, content="c", store=None, seed=3)
    found.append(embed(fresh, texts, 300, content="c", store=None, seed=3, fitted_on="c"))
    assert found[0].shape == (300, 8)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    assert len(list(tmp_path.glob("arrays/*"))) == 1


def test_progress_hears_every_row(tmp_path):
    class Counter(Silent):
        total = done = 0

        def start(self, name, total, unit):
            Counter.total += total

        def advance(self, done):
            Counter.done += done

    embed(Lengths(), streamed(TEXTS, 700), 5000, content="c", store=None, progress=Counter())
    assert Counter.done == Counter.total == 5000
