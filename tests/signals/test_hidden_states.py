"""Pooled hidden states of tiny random models, against the same formulas in NumPy."""

import numpy as np
import pytest

from cribble.core import TextBlock
from cribble.core.errors import ParameterError
from cribble.signals import hidden_states as module
from cribble.signals.embedding import open_embedder

pytestmark = pytest.mark.models

TEXTS = [
    "one",
    "one two three four five six",
    "",
    "six five four",
    "two two two two two two two two two two two two two two two",
    "seven one",
]
WORDS = ["[UNK]", "one", "two", "three", "four", "five", "six", "seven"]


@pytest.fixture(scope="module", params=["llama", "bert"])
def folder(request, tmp_path_factory):
    """A random model with word tokens, causal or not; its tokenizer knows no padding."""
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    sizes = {
        "vocab_size": len(WORDS),
        "hidden_size": 16,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 32,
    }
    torch.manual_seed(0)
    if request.param == "llama":
        model = transformers.LlamaModel(transformers.LlamaConfig(**sizes))
    else:
        model = transformers.BertModel(transformers.BertConfig(**sizes))
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    path = tmp_path_factory.mktemp(request.param)
    model.save_pretrained(path)
    transformers.PreTrainedTokenizerFast(tokenizer_object=words).save_pretrained(path)
    return path


def states(folder, layer):
    """Token states of each text, one forward pass a text: nothing is padded."""
    import torch
    import transformers

    model = transformers.AutoModel.from_pretrained(folder).eval()
    found = []
    for text in TEXTS:
        ids = [WORDS.index(word) for word in text.split()]
        if not ids:
            found.append(np.zeros((0, 16)))
            continue
        with torch.inference_mode():
            out = model(input_ids=torch.tensor([ids]), output_hidden_states=True)
        found.append(out.hidden_states[layer][0].double().numpy())
    return found


def softmax(x):
    return np.exp(x - x.max()) / np.exp(x - x.max()).sum()


POOLED = {
    "weighted": lambda h: np.average(h, axis=0, weights=np.arange(1, len(h) + 1)),
    "mean": lambda h: h.mean(axis=0),
    "last": lambda h: h[-1],
    "max": lambda h: h.max(axis=0),
    "power": lambda h: np.cbrt((h**3).mean(axis=0)),
    "attention": lambda h: softmax(h @ h[-1] / 4) @ h,
}


def embedded(spec, texts):
    return open_embedder(spec).embed_block(TextBlock.from_strings(texts))


@pytest.mark.parametrize("layer", [-1, 0, 1, 3, -2])
@pytest.mark.parametrize("pooling", POOLED)
def test_pools_the_real_tokens_alone(folder, pooling, layer):
    vectors = embedded(f"hf:{folder}?pooling={pooling},layer={layer}", TEXTS)
    assert vectors.dtype == np.float32
    for vector, tokens in zip(vectors, states(folder, layer), strict=True):
        if len(tokens) == 0:
            assert not vector.any()
        else:
            pooled = POOLED[pooling](tokens)
            assert vector == pytest.approx(pooled / np.linalg.norm(pooled), abs=2e-5)


def test_draws_no_bar(folder, capfd):
    embedded(f"hf:{folder}", ["one"])
    assert capfd.readouterr() == ("", "")


def test_company_does_not_change_a_vector(folder, monkeypatch):
    together = embedded(f"hf:{folder}", TEXTS)
    monkeypatch.setattr(module, "_BATCH_TOKENS", 1)
    assert embedded(f"hf:{folder}", TEXTS) == pytest.approx(together, abs=1e-5)


def test_the_default_is_the_weighted_mean_of_the_last_layer(folder):
    spelled = embedded(f"hf:{folder}?pooling=weighted,layer=3,max_tokens=2048", TEXTS)
    assert np.array_equal(embedded(f"hf:{folder}", TEXTS), spelled)
    assert not np.allclose(embedded(f"hf:{folder}?pooling=mean", TEXTS), spelled, atol=1e-3)


def test_a_text_is_cut_after_max_tokens(folder):
    cut = embedded(f"hf:{folder}?max_tokens=3", TEXTS)
    short = [" ".join(text.split()[:3]) for text in TEXTS]
    assert cut == pytest.approx(embedded(f"hf:{folder}", short), abs=1e-5)


def test_parameters_tell_vectors_apart(folder):
    specs = ("", "?pooling=mean", "?layer=1", "?max_tokens=3")
    assert len({open_embedder(f"hf:{folder}{one}").identity for one in specs}) == 4


@pytest.mark.parametrize("layer", [4, -5])
def test_a_layer_that_is_not_there(folder, layer):
    with pytest.raises(ParameterError, match=r"layer is .*\[-4, 3\]"):
        embedded(f"hf:{folder}?layer={layer}", ["one"])


def test_batches_hold_every_text_once_and_no_more_than_their_tokens():
    lengths = [5, 0, 9000, 3, 4000, 4000, 200, 1, 0, 4096]
    batches = list(module._batches(lengths))
    assert sorted(row for batch in batches for row in batch) == [
        row for row, one in enumerate(lengths) if one
    ]
    for batch in batches:
        longest = max(lengths[row] for row in batch)
        assert len(batch) == 1 or len(batch) * longest <= module._BATCH_TOKENS
