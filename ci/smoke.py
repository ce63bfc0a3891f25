"""Use an installed wheel outside the checkout: a method of the catalogue on a bare array."""

from pathlib import Path

import numpy as np

import cribble
from cribble.core import Budget, Pool
from cribble.selectors.catalogue import METHODS, make

assert Path.cwd() not in Path(cribble.__file__).parents[1:2], "this is the checkout"
pool = Pool.from_array(np.random.default_rng(0).normal(size=(100, 8)))
assert len(make("random").select(pool, Budget(rows=10))) == 10
print(f"cribble {cribble.__version__} from a wheel: {len(METHODS)} methods, 10 of 100 rows chosen")
