"""Ray on a cluster of two simulated nodes: order, faults, and the picks of this process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cribble.core import Budget
from cribble.core.errors import ExecutorError, SignalError
from cribble.selectors.catalogue import make
from cribble.testing.pools import make_pool

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.ray

SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture(scope="module")
def executor() -> Iterator[object]:
    from ray.cluster_utils import Cluster

    from cribble.executors.ray import Ray

    before = os.environ.get("PYTHONPATH")
    # Workers import the package as this process does.
    os.environ["PYTHONPATH"] = str(SOURCE)
    node = {"num_cpus": 1, "object_store_memory": 128 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    cluster.add_node(num_cpus=1, object_store_memory=128 << 20)
    ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
    try:
        yield Ray()
    finally:
        ray.shutdown()
        cluster.shutdown()
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def test_results_come_in_order_and_the_input_is_read_no_faster_than_worked_on(executor) -> None:
    taken = []

    def items() -> Iterator[int]:
        for item in range(12):
            taken.append(item)
            yield item

    ahead = []
    found = []
    held = executor.hold(np.arange(3))
    for result in executor.map(lambda a, b: a + int(b.sum()), items(), [held] * 12):
        found.append(result)
        ahead.append(len(taken) - len(found))
    assert found == [item + 3 for item in range(12)]
    assert executor.ranks == 2
    assert max(ahead) < 2 * executor.ranks
    assert list(executor.stream(lambda item: -item, range(40))) == [-i for i in range(40)]


def test_work_whose_worker_is_killed_is_done_again(executor, tmp_path: Path) -> None:
    def work(item: int) -> int:
        mark = tmp_path / str(item)
        if item % 2 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    assert list(executor.map(work, range(6))) == [0, 1, 4, 9, 16, 25]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "3", "5"]


def test_work_that_kills_every_worker_ends_with_a_remedy(executor) -> None:
    def work(item: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(ExecutorError, match=r"died 4 times over.*memory"):
        list(executor.map(work, [0]))


@pytest.mark.skipif(sys.platform != "linux", reason="rows are sent there")
def test_mapped_rows_are_mapped_by_workers_and_sent_where_the_file_is_another(
    executor, tmp_path: Path
) -> None:
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float16)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    halves = [executor.hold(mapped[:20]), executor.hold(mapped[20:])]

    def where(X):
        from cribble.executors.mapped import mapped_array

        return X.tolist(), mapped_array(X.view()) is not None, X.flags.writeable

    def found() -> list:
        return list(executor.map(where, halves))

    assert found() == [(rows[:20].tolist(), True, False), (rows[20:].tolist(), True, False)]
    os.utime(tmp_path / "rows.npy", ns=(0, 0))
    before = executor.tasks
    for _ in range(2):
        assert found() == [(rows[:20].tolist(), False, False), (rows[20:].tolist(), False, False)]
    # Two tasks did not find the file, and the rows are sent once.
    assert executor.tasks == before + 6


def test_a_worker_keeps_to_its_one_processor(executor) -> None:
    def threads(item: int) -> tuple[int, int]:
        import numba

        from cribble.kernels.threads import available_threads

        return numba.get_num_threads(), available_threads()

    assert set(executor.map(threads, range(4))) == {(1, 1)}


def test_an_error_of_the_work_arrives_as_it_was_raised(executor) -> None:
    def work(item: int) -> None:
        raise SignalError("embedding", f"row {item} is odd", "mend it")

    with pytest.raises(SignalError, match="row 7 is odd; mend it") as caught:
        list(executor.map(work, [7]))
    assert caught.value.name == "embedding"


METHODS = {
    "random": {},
    "top-score": {},
    "stratified": {},
    "ccs": {},
    "dsir": {},
    "rds-plus": {},
    "kmq": {"sample": 100, "clusters": 7},
    "rand-greedi": {"shards": 3, "form": "exact"},
    "gist": {"shards": 3},
    "k-center": {"shards": 3},
    "importance-resample": {},
}


@pytest.mark.parametrize("name", METHODS)
def test_picks_are_those_of_this_process(executor, name: str) -> None:
    method = make(name, **METHODS[name])
    pool = make_pool(method.card.needs, 240, seed=3)
    budget = Budget(rows=20, keep=[5], drop=[7, 8])
    here = method.select(pool, budget, 1)
    there = method.select(pool.on(executor), budget, 1)
    assert here.indices.tolist() == there.indices.tolist()
    assert here.value == there.value


def test_the_sample_form_is_bounded_by_the_same_gains(executor) -> None:
    method = make("rand-greedi", shards=4, form="sample", sample=50)
    pool = make_pool(method.card.needs, 240, seed=4)
    here, there = (method.select(one, Budget(rows=9), 2) for one in (pool, pool.on(executor)))
    assert here.indices.tolist() == there.indices.tolist()
    assert here.stats == there.stats
    assert 0 < here.stats["lost"] < 1


def test_a_killed_worker_changes_no_pick(executor, tmp_path: Path) -> None:
    from cribble.executors import ShardedRows

    X = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32)
    rows = ShardedRows(X, _Killing(executor, tmp_path))
    label, squares = rows.assign(X[:9])
    expected = ((X[:, None].astype(float) - X[None, :9]) ** 2).sum(axis=2)
    assert label.tolist() == expected.argmin(axis=1).tolist()
    np.testing.assert_allclose(squares, expected.min(axis=1))
    assert len(list(tmp_path.iterdir())) == 1


class _Killing:
    """The executor given, whose first task to begin kills its worker."""

    def __init__(self, executor, folder: Path) -> None:
        self.executor, self.folder, self.ranks = executor, folder, executor.ranks

    def hold(self, value):
        return self.executor.hold(value)

    def map(self, work, *columns):
        folder = self.folder

        def killed(*items):
            try:
                (folder / "killed").touch(exist_ok=False)
            except FileExistsError:
                return work(*items)
            os.kill(os.getpid(), signal.SIGKILL)

        return self.executor.map(killed, *columns)
