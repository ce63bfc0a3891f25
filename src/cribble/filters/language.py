"""Language: only rows in the languages asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.core.errors import MissingPackageError, ParameterError, UnknownNameError
from cribble.filters.base import KEPT, FilterResult, judged

# More text does not change the answer, and costs.
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Drop rows in another language than those asked for, or in none that can be told.

    Languages are told by py3langid (extra ``text``), which has its model with it and works
    offline. It errs on texts of a few words and on code.

    Args:
        only: ISO 639-1 codes of the languages to keep, such as ("en", "de").
        least: Least probability of the language, in [0, 1].

    Source:
        Lui and Baldwin (2012), ACL P12-3005. The least probability: arXiv:2412.02595.

    Raises:
        MissingPackageError: py3langid is not installed.
        UnknownNameError: A language is not among its 97.
    """

    name: ClassVar[str] = "language"
    only: Sequence[str]
    least: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 1:
            raise ParameterError("least", self.least, "between 0 and 1")
        if not self.only:
            raise ParameterError("only", self.only, "one language or more, such as en")
        known = sorted(map(str, _identifier().labels))
        for asked in self.only:
            if asked not in known:
                raise UnknownNameError("language", asked, known)

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Raises:
            SignalError: The pool has no text.
        """
        languages = " or ".join(self.only)
        reasons = (
            f"in another language than {languages}",
            f"in {languages} with a probability below {self.least:g}",
        )
        return judged(self.name, pool, rows, reasons, self._codes)

    def _codes(self, block: TextBlock) -> NDArray[np.int16]:
        identifier = _identifier()
        codes = np.full(len(block), KEPT, dtype=np.int16)
        for row, text in enumerate(block):
            found, probability = identifier.classify(text[:_MOST_CHARACTERS])
            if found not in self.only:
                codes[row] = 0
            elif probability < self.least:
                codes[row] = 1
        return codes


def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        raise MissingPackageError("py3langid", "the filter language", "text") from None
    global _loaded
    if _loaded is None:
        _loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return _loaded


_loaded: Any = None
