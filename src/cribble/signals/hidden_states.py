"""Hidden states of a language model, pooled to one vector a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError, UnknownNameError
from cribble.signals.pretrained import Encode, Pretrained, digest, find_model, need, silence

if TYPE_CHECKING:
    from torch import Tensor

Pooling = Callable[["Tensor", "Tensor"], "Tensor"]

# Of one forward pass, padding included.
_BATCH_TOKENS = 8192


def hidden_states(
    name: str, pooling: str = "weighted", layer: int = -1, max_tokens: int = 2048
) -> Pretrained:
    """Open a Hugging Face model as an embedder of pooled hidden states, scaled to length 1.

    Padding is masked and does not change a vector; a text without tokens gives the zero vector.
    The whole text is one sequence, cut after ``max_tokens``.

    Args:
        name: A folder, or a name in the local Hugging Face cache.
        pooling: How T token states h_i become one vector: "weighted", the mean with weights
            proportional to i, which suits causal models, whose later states have seen more;
            "mean"; "last"; "max", per dimension; "power", the generalized mean of power 3, with
            signs; "attention", the mean with weights softmax(h_i . h_T / sqrt(d)).
        layer: Which states: 0 the input embeddings, -1 the last, after the final normalization.
        max_tokens: Tokens per text, at least 1.

    Raises:
        UnknownNameError: There is no such pooling.
        ParameterError: The model has no such layer, or ``max_tokens`` is below 1.
        MissingPackageError: torch or transformers is not installed.
        SignalError: The model is not on this machine.

    Source:
        Ivison et al. (2025), arXiv:2503.01807 (weighted mean); Muennighoff (2022),
        arXiv:2202.08904 (position weights); Rücklé et al. (2018), arXiv:1803.01400 (power mean).
    """
    if pooling not in POOLINGS:
        raise UnknownNameError("pooling", pooling, tuple(POOLINGS))
    if max_tokens < 1:
        raise ParameterError("max_tokens", max_tokens, "1 or more")
    for package in ("torch", "transformers"):
        need(package, "the embedder hf")
    folder = find_model(name)

    def load() -> Encode:
        return _load(str(folder), POOLINGS[pooling], layer, max_tokens)

    identity = f"hf {digest(folder)} pooling={pooling} layer={layer} max_tokens={max_tokens}"
    return Pretrained(identity, load)


def _load(folder: str, pooling: Pooling, layer: int, max_tokens: int) -> Encode:
    import torch
    from transformers import AutoModel, AutoTokenizer

    with silence():
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True)
    depth = model.config.num_hidden_layers
    if not -depth - 1 <= layer <= depth:
        raise ParameterError("layer", layer, f"in [{-depth - 1}, {depth}]")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device, torch.bfloat16 if device == "cuda" else torch.float32).eval()
    model.config.use_cache = False

    def states(ids: list[list[int]]) -> NDArray[np.float32]:
        tokens = torch.zeros((len(ids), max(map(len, ids))), dtype=torch.long)
        mask = torch.zeros_like(tokens)
        for row, one in enumerate(ids):
            tokens[row, : len(one)] = torch.tensor(one)
            mask[row, : len(one)] = 1
        tokens, mask = tokens.to(device), mask.to(device)
        with torch.inference_mode():
            out = model(
                input_ids=tokens, attention_mask=mask, output_hidden_states=layer not in (-1, depth)
            )
            hidden = out.last_hidden_state if layer in (-1, depth) else out.hidden_states[layer]
            pooled = torch.nn.functional.normalize(pooling(hidden.float(), mask.float()), dim=1)
        found: NDArray[np.float32] = pooled.cpu().numpy()
        return found

    def encode(texts: list[str]) -> NDArray[np.float32]:
        ids = tokenizer(texts, truncation=True, max_length=max_tokens)["input_ids"]
        vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
        for batch in _batches([len(one) for one in ids]):
            vectors[batch] = states([ids[row] for row in batch])
        return vectors

    return encode


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Group texts of like length, the longest first, so that little is padded; skip empty ones."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if lengths[row] == 0:
            continue
        if batch and (len(batch) + 1) * lengths[batch[0]] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _average(hidden: Any, weights: Any) -> Any:
    """Average the states, (b, t, d), with weights, (b, t), that need not sum to 1."""
    weights = weights / weights.sum(dim=1, keepdim=True)
    return (hidden * weights[:, :, None]).sum(dim=1)


def _weighted(hidden: Any, mask: Any) -> Any:
    return _average(hidden, mask.cumsum(dim=1) * mask)


def _last(hidden: Any, mask: Any) -> Any:
    return hidden[range(len(hidden)), mask.sum(dim=1).long() - 1]


def _max(hidden: Any, mask: Any) -> Any:
    return hidden.masked_fill(mask[:, :, None] == 0, -float("inf")).amax(dim=1)


def _power(hidden: Any, mask: Any) -> Any:
    mean = _average(hidden**3, mask)
    return mean.sign() * mean.abs() ** (1 / 3)


def _attention(hidden: Any, mask: Any) -> Any:
    scores = (hidden * _last(hidden, mask)[:, None, :]).sum(dim=2) / hidden.shape[2] ** 0.5
    return _average(hidden, scores.masked_fill(mask == 0, -float("inf")).softmax(dim=1))


POOLINGS: dict[str, Pooling] = {
    "weighted": _weighted,
    "mean": _average,
    "last": _last,
    "max": _max,
    "power": _power,
    "attention": _attention,
}
