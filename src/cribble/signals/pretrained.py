"""Pretrained embedders: sentence-transformers and model2vec, from models on this machine."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Progress, TextBlock
from cribble.core.errors import MissingPackageError, SignalError

Encode = Callable[[list[str]], NDArray[np.float32]]


class Pretrained:
    """An embedder with nothing to fit, whose model is loaded when the first text comes.

    Args:
        identity: Kind, parameters and a digest of the model's files.
        load: Loads the model; gives the function from m texts to (m, dim) float32.
    """

    def __init__(self, identity: str, load: Callable[[], Encode]) -> None:
        self.identity = identity
        self._load = load

    @cached_property
    def _encode(self) -> Encode:
        return self._load()

    @cached_property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._encode(["dimension"]).shape[1])

    def embed_block(self, block: TextBlock) -> NDArray[np.float32]:
        """Embed the texts of a block, (m, dim) float32."""
        return self._encode(list(block))

    def fit(
        self, texts: object, size: int, seed: int, progress: Progress, keep: object
    ) -> Pretrained:
        """Fit nothing."""
        return self

    def state(self) -> dict[str, NDArray[Any]]:
        """Give nothing."""
        return {}

    def restored(self, state: Mapping[str, NDArray[Any]]) -> Pretrained:
        """Restore nothing."""
        return self


def sentence_transformers(name: str) -> Pretrained:
    """Open a sentence-transformers model; its vectors are scaled to length 1.

    Args:
        name: A folder, or a name in the local Hugging Face cache.

    Raises:
        MissingPackageError: The package is not installed.
        SignalError: The model is not on this machine.
    """
    need("sentence_transformers", "the embedder sentence-transformers")
    folder = find_model(name, owner="sentence-transformers")

    def load() -> Encode:
        from sentence_transformers import SentenceTransformer

        with silence():
            model = SentenceTransformer(str(folder), local_files_only=True)

        def encode(texts: list[str]) -> NDArray[np.float32]:
            vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
            return np.asarray(vectors, dtype=np.float32)

        return encode

    return Pretrained(f"sentence-transformers {digest(folder)}", load)


def model2vec(name: str) -> Pretrained:
    """Open a model2vec model: static token vectors, averaged as its configuration says.

    Args:
        name: A folder, or a name in the local Hugging Face cache.

    Raises:
        MissingPackageError: The package is not installed.
        SignalError: The model is not on this machine.

    Source:
        Tulkens and van Dongen (2024), Model2Vec, doi:10.5281/zenodo.17270888.
    """
    need("model2vec", "the embedder model2vec")
    folder = find_model(name, owner="minishlab")

    def load() -> Encode:
        from model2vec import StaticModel

        model = StaticModel.from_pretrained(str(folder))
        return lambda texts: np.asarray(model.encode(texts), dtype=np.float32)

    return Pretrained(f"model2vec {digest(folder)}", load)


def need(package: str, feature: str) -> None:
    """Refuse to go on without a package of the extra ``models``."""
    if importlib.util.find_spec(package) is None:
        raise MissingPackageError(package, feature, "models")


@contextmanager
def silence() -> Iterator[None]:
    """Keep transformers from drawing a bar while it loads a model."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def find_model(name: str, owner: str | None = None) -> Path:
    """Find the folder of a model on this machine; the network is never asked.

    Args:
        name: A folder, or ``owner/model`` in the local Hugging Face cache.
        owner: The owner to try for a name without one.

    Raises:
        SignalError: There is no such model here.
    """
    if Path(name).is_dir():
        return Path(name)
    if importlib.util.find_spec("huggingface_hub") is not None:
        from huggingface_hub import snapshot_download

        for full in [name] if "/" in name or owner is None else [f"{owner}/{name}", name]:
            try:
                return Path(snapshot_download(full, local_files_only=True))
            except (OSError, ValueError):
                continue
    raise SignalError(
        "embedding",
        f"the model {name!r} is neither a folder nor in the local Hugging Face cache",
        f"fetch it once with: hf download {name}; cribble itself downloads nothing",
    )


def digest(folder: Path) -> str:
    """Hash the files of a model, so that vectors of a changed model are not taken for its own.

    Returns:
        32 hex digits; hidden files do not count.
    """
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{content} {relative.as_posix()}\n".encode())
    return whole.hexdigest()[:32]
