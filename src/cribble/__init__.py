"""cribble chooses the best subset of a large pool of data, and shows that it beat random.

```python
import cribble as cb

pool = cb.Pool.read("pool.jsonl")
chosen = cb.select(pool, 1_000)
chosen.write("subset.jsonl")
```
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cribble.api import Pool as Pool
    from cribble.api import compare as compare
    from cribble.api import curve as curve
    from cribble.api import select as select
    from cribble.core import Budget as Budget
    from cribble.core import Card as Card
    from cribble.core import CribbleError as CribbleError
    from cribble.core import Explanation as Explanation
    from cribble.core import Selection as Selection
    from cribble.integrations.hugging_face import to_dataset as to_dataset
    from cribble.integrations.pytorch import SelectionSampler as SelectionSampler
    from cribble.integrations.scikit_learn import SubsetSelector as SubsetSelector
    from cribble.run.streaming import stream as stream

__version__ = "0.6.0"

_HOMES = {
    "Budget": "cribble.core",
    "Card": "cribble.core",
    "CribbleError": "cribble.core",
    "Explanation": "cribble.core",
    "Pool": "cribble.api",
    "Selection": "cribble.core",
    "SelectionSampler": "cribble.integrations.pytorch",
    "SubsetSelector": "cribble.integrations.scikit_learn",
    "compare": "cribble.api",
    "curve": "cribble.api",
    "select": "cribble.api",
    "stream": "cribble.run.streaming",
    "to_dataset": "cribble.integrations.hugging_face",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used; importing cribble loads nothing."""
    home = _HOMES.get(name) or _methods().get(name)
    if home is None:
        raise AttributeError(f"module 'cribble' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_methods()})


def _methods() -> dict[str, str]:
    """Modules of the method classes, by class name: ``cribble.FacilityLocation`` is one."""
    from cribble.selectors.catalogue import METHODS

    places = (place.split(":") for place in METHODS.values())
    return {name: f"cribble.selectors.{module}" for module, name in places}
