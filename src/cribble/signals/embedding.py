"""The door to embeddings: a spec to an embedder, an embedder and texts to vectors in the cache."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cribble.core import Executor, Progress, Silent, TextBlock
from cribble.core.errors import ParameterError, SignalError, UnknownNameError
from cribble.data.store import Store, key_of
from cribble.executors import Local

# Fixed, so that neither memory nor resumption changes what an embedder sees at once.
BLOCK_ROWS = 2048
KINDS = ("hashed", "sentence-transformers", "model2vec", "hf")

Texts = Callable[[], Iterable[TextBlock]]
State = Mapping[str, NDArray[Any]]
# Fetches a part of a fit by its name from where it was kept, or works it out and keeps it.
Keep = Callable[[str, Callable[[], State]], State]


def keep_nothing(name: str, compute: Callable[[], State]) -> State:
    """Work a part out; a `Keep` of no cache."""
    return compute()


class Embedder(Protocol):
    """Texts to vectors, perhaps after a fit on a pool. Fitting makes a new embedder.

    Attributes:
        identity: Tells apart everything but the fit that changes the vectors: kind, parameters,
            and the content of a model's files.
    """

    identity: str

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def fit(self, texts: Texts, size: int, seed: int, progress: Progress, keep: Keep) -> Embedder:
        """Learn what is to be learned from the ``size`` texts of a pool.

        What takes long goes through ``keep`` part by part, for a fit that is killed.
        """
        ...

    def embed_block(self, block: TextBlock) -> NDArray[np.float32]:
        """Embed the texts of a block, (m, dim) float32."""
        ...

    def state(self) -> dict[str, NDArray[Any]]:
        """What was fitted; empty where there is nothing to fit."""
        ...

    def restored(self, state: State) -> Embedder:
        """Make the embedder that `state` came from."""
        ...


def open_embedder(spec: str) -> Embedder:
    """Make an embedder from its spec.

    Models are taken from this machine alone: a folder, or a name in the local Hugging Face cache.

    Args:
        spec: ``hashed``, ``hashed:dim=256,ngrams=2``, ``sentence-transformers:NAME``,
            ``model2vec:NAME``, ``hf:NAME`` or ``hf:NAME?pooling=mean,layer=-1``.

    Raises:
        UnknownNameError: There is no such kind or parameter.
        ParameterError: A parameter cannot be read.
        MissingPackageError: A package for this kind is not installed.
        SignalError: The model is not on this machine.
    """
    kind, _, rest = spec.partition(":")
    if kind not in KINDS:
        raise UnknownNameError("embedder", kind, (*KINDS, "table"))
    if kind == "hashed":
        from cribble.signals.hashed import HashedEmbedder

        return HashedEmbedder(**_parameters(rest, kind, HashedEmbedder))
    name, _, asked = rest.partition("?")
    if not name:
        raise ParameterError("embedder", spec, f"{kind}:NAME, with the name of a model")
    from cribble.signals import hidden_states, pretrained

    make: Callable[..., Embedder] = {
        "sentence-transformers": pretrained.sentence_transformers,
        "model2vec": pretrained.model2vec,
        "hf": hidden_states.hidden_states,
    }[kind]
    return make(name, **_parameters(asked, kind, make))


def _parameters(text: str, kind: str, make: Callable[..., object]) -> dict[str, Any]:
    """Read ``a=1,b=mean`` by the signature of what takes them."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(make).parameters.items()
        if isinstance(parameter.default, (int, float, str))
    }
    found: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = (one.strip() for one in part.partition("="))
        if name not in defaults:
            raise UnknownNameError(f"parameter of {kind}", name, tuple(defaults) or ("none",))
        read = type(defaults[name])
        try:
            found[name] = read(value if equals else "")
        except ValueError as error:
            raise ParameterError(name, value, f"a value such as {defaults[name]}") from error
    return found


def fit(
    embedder: Embedder,
    texts: Texts,
    size: int,
    *,
    content: str,
    store: Store | None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Embedder:
    """Fit an embedder on a pool, or fetch the fit from the cache.

    Args:
        embedder: The embedder; one with nothing to fit comes back as it is.
        texts: Opens the stream of the pool's texts; may be called several times.
        size: Number of texts.
        content: Fingerprint of the texts, views and templates included.
        store: The cache; None computes.
        seed: Seed of the fit.
        progress: Hears of reuse and of the steps of the fit.

    Returns:
        The fitted embedder. A fit that was killed goes on after its last part.
    """
    from cribble.signals.pretrained import Pretrained

    if isinstance(embedder, Pretrained):
        return embedder
    progress = progress or Silent()
    if store is None:
        return embedder.fit(texts, size, seed, progress, keep_nothing)
    key, name = ("fit", content, size, embedder.identity, seed), "fit of the embedder"

    def keep(part: str, compute: Callable[[], State]) -> State:
        return store.state(key_of(*key, part), compute, progress=progress, name=f"{name}, {part}")

    def compute() -> State:
        return embedder.fit(texts, size, seed, progress, keep).state()

    return embedder.restored(store.state(key_of(*key), compute, progress=progress, name=name))


def embed(
    embedder: Embedder,
    texts: Texts,
    size: int,
    *,
    content: str,
    store: Store | None,
    seed: int = 0,
    progress: Progress | None = None,
    dtype: DTypeLike = "float32",
    fitted_on: str | None = None,
    executor: Callable[[], Executor] = Local,
) -> NDArray[Any]:
    """Embed texts, or fetch their vectors from the cache, in blocks that a next run resumes.

    Args:
        embedder: The embedder, fitted if it is to be fitted.
        texts: Opens the stream of texts, in blocks of any size; called at most once.
        size: Number of texts, n.
        content: Fingerprint of the texts, views and templates included.
        store: The cache; None computes in memory.
        seed: Seed of the fit.
        progress: Hears of reuse, resumption and every block.
        dtype: float32 or float16, of the vectors kept.
        fitted_on: Fingerprint of the texts that the embedder was fitted on; None for an embedder
            with nothing to fit.
        executor: Opens the place where texts are embedded, once there are some to embed.

    Returns:
        (n, dim), finite; a read-only memory map where there is a cache.

    Raises:
        SignalError: The stream ends early, or the embedder gives vectors that are not finite in
            ``dtype`` or not (m, dim).
        ParameterError: The embedder is fitted, and ``fitted_on`` does not say on what.
        OutputError: The cache cannot be written.
    """
    if fitted_on is None and embedder.state():
        raise ParameterError("fitted_on", None, "the fingerprint of what the embedder is fitted on")
    progress = progress or Silent()
    source = _Aligned(texts, size)

    def checked(vectors: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
        return _checked(vectors, (stop - start, embedder.dim), start, np.dtype(dtype))

    def run_all(
        work: Callable[[TextBlock], NDArray[Any]], starts: Sequence[int], stops: Sequence[int]
    ) -> Iterator[NDArray[Any]]:
        # Texts are read here, in order; only embedding them is work for others.
        texts = map(source.block, starts, stops)
        return map(checked, executor().map(work, texts), starts, stops)

    if store is None:
        out = np.empty((size, embedder.dim), dtype=dtype)
        progress.start("embedding", size, "rows")
        starts = range(0, size, BLOCK_ROWS)
        stops = [min(start + BLOCK_ROWS, size) for start in starts]
        for start, vectors in zip(
            starts, run_all(embedder.embed_block, starts, stops), strict=True
        ):
            out[start : start + len(vectors)] = vectors
            progress.advance(len(vectors))
        return out
    fitting = () if fitted_on is None else (fitted_on, seed)
    # A model that takes seconds to load is left alone where all it would tell is its dimension.
    dim = store.state(
        key_of("dim", embedder.identity, *fitting), lambda: {"dim": np.array(embedder.dim)}
    )["dim"]
    return store.array(
        key_of("embedding", content, embedder.identity, *fitting),
        (size, int(dim)),
        dtype,
        embedder.embed_block,
        block_rows=BLOCK_ROWS,
        progress=progress,
        name="embedding",
        run_all=run_all,
    )


def _checked(
    vectors: NDArray[Any], shape: tuple[int, int], start: int, dtype: np.dtype[Any]
) -> NDArray[Any]:
    vectors = np.asarray(vectors)
    if vectors.shape != shape:
        raise SignalError(
            "embedding", f"a block came as {vectors.shape}, not {shape}", "mend the embedder"
        )
    with np.errstate(over="ignore"):
        vectors = vectors.astype(dtype, copy=False)
    if len(bad := np.nonzero(~np.isfinite(vectors).all(axis=1))[0]):
        raise SignalError(
            "embedding",
            f"row {start + bad[0]} is not finite in {dtype.name}",
            "mend the row's text or the model, or keep float32",
        )
    return vectors


class _Aligned:
    """A stream of texts cut anew at multiples of `BLOCK_ROWS`, read once, from the front."""

    def __init__(self, texts: Texts, size: int) -> None:
        self._texts = texts
        self._size = size
        self._stream: Iterator[TextBlock] | None = None
        self._at = 0

    def block(self, start: int, stop: int) -> TextBlock:
        """Read on to the block of rows ``start`` to ``stop``."""
        if self._stream is None:
            self._stream = _regrouped(self._texts())
        while True:
            block = next(self._stream, None)
            at, self._at = self._at, self._at + (0 if block is None else len(block))
            wanted = min(at + BLOCK_ROWS, self._size)
            if block is None or self._at != wanted:
                relation = "ended after" if self._at < wanted else "goes on after"
                raise SignalError(
                    "text",
                    f"the stream {relation} {min(self._at, wanted):,} of {self._size:,} rows",
                    "hand over one text per row",
                )
            if at == start:
                return block


def _regrouped(blocks: Iterable[TextBlock]) -> Iterator[TextBlock]:
    """Cut a stream of blocks into blocks of `BLOCK_ROWS`, the last perhaps shorter."""
    held: list[TextBlock] = []
    rows = 0
    for block in blocks:
        begin = 0
        while len(block) - begin >= BLOCK_ROWS - rows:
            end = begin + BLOCK_ROWS - rows
            yield _joined([*held, block.cut(begin, end)])
            held, rows, begin = [], 0, end
        if begin < len(block):
            held.append(block.cut(begin, len(block)))
            rows += len(block) - begin
    if held:
        yield _joined(held)


def _joined(blocks: list[TextBlock]) -> TextBlock:
    if len(blocks) == 1:
        return blocks[0]
    shifts = np.cumsum([0, *(len(block.data) for block in blocks)])
    offsets = [block.offsets[1:] + shift for block, shift in zip(blocks, shifts[:-1], strict=True)]
    return TextBlock(
        np.concatenate([block.data for block in blocks]),
        np.concatenate([np.zeros(1, dtype=np.int64), *offsets]),
    )
