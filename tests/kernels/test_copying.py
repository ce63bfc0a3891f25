import numpy as np

from cribble.kernels.copying import copy_head


def test_only_the_head_is_copied():
    target, source = np.zeros(5), np.arange(1.0, 8.0)
    copy_head(target, source, 3)
    np.testing.assert_array_equal(target, [1, 2, 3, 0, 0])
