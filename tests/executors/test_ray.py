"""Ray on a cluster of two simulated nodes: order, faults, and the picks of this process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cribble.core import Budget, TextBlock
from cribble.core.errors import DataError, ExecutorError, SignalError
from cribble.core.unread import UnreadTexts
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


def test_work_that_kills_every_worker_ends_with_a_remedy(
    executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cribble.executors import ray as module

    def work(item: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(module, "_RETRIES", 1)
    with pytest.raises(ExecutorError, match=r"died 2 times over.*memory"):
        list(module.Ray().map(work, [0]))


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


@pytest.mark.skipif(sys.platform != "linux", reason="rows are sent there")
def test_some_rows_are_taken_out_of_the_file_or_sent_alone(executor, tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(40, 3)).astype(np.float16)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    some = np.array([3, 11, 39])

    def taken() -> list:
        columns = [executor.take(one, some) for one in (mapped, rows)]
        return list(executor.map(lambda X: X.tolist(), columns))

    assert taken() == [rows[some].tolist()] * 2
    os.utime(tmp_path / "rows.npy", ns=(0, 0))
    assert taken() == [rows[some].tolist()] * 2


class _ReadAt:
    """Reads three texts in one process, and finds no file in any other."""

    def __init__(self, process: int | None) -> None:
        self.process = process

    def __call__(self) -> TextBlock:
        if self.process not in (None, os.getpid()):
            raise DataError("a.jsonl", "there is no such file", "check the path")
        return TextBlock.from_strings(["one", "two", str(os.getpid())])


def test_texts_are_read_by_workers_and_sent_where_there_is_no_file(executor) -> None:
    here = str(os.getpid())

    def read(block: TextBlock) -> list[str]:
        return list(block)

    everywhere = UnreadTexts(_ReadAt(None), 3)
    (found,) = executor.map(read, [everywhere])
    assert found[:2] == ["one", "two"]
    assert found[2] != here
    only_here = [UnreadTexts(_ReadAt(os.getpid()), 3) for _ in range(9)]
    before = executor.tasks
    assert list(executor.stream(read, only_here)) == [["one", "two", here]] * 9
    # Three batches, of which those under way at the first failure are sent again.
    assert executor.tasks - before <= 6
    with pytest.raises(DataError, match="no such file"):
        list(executor.map(read, [UnreadTexts(_ReadAt(-1), 3)]))
    executor._reads_files = True


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


# A method, its parameters, and how many kinds of steps are work for shards.
METHODS = {
    "random": ({}, 0),
    "top-score": ({}, 0),
    "stratified": ({}, 0),
    "ccs": ({}, 0),
    "dsir": ({}, 1),
    "importance-resample": ({}, 0),
    "rds-plus": ({}, 1),
    "kmq": ({"sample": 100, "clusters": 7}, 2),
    "sensitivity": ({"clusters": 7}, 1),
    "rand-greedi": ({"shards": 4, "form": "sample", "sample": 50}, 2),
    "gist": ({"shards": 3}, 2),
    "k-center": ({"shards": 3}, 2),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_worker_killed_in_each_step_changes_no_pick(
    executor, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cribble.executors.base._WORTH_SENDING", 1.0)
    monkeypatch.setattr("cribble.signals.ngram._REPAID_RANKS", 1)
    parameters, steps = METHODS[name]
    method = make(name, **parameters)
    pool = make_pool(method.card.needs, 240, seed=3)
    budget = Budget(rows=20, keep=[5], drop=[7, 8])
    killing = _Killing(executor, tmp_path)
    here = method.select(pool, budget, 1)
    there = method.select(pool.on(killing), budget, 1)
    assert here.indices.tolist() == there.indices.tolist()
    assert here.value == there.value
    assert here.upper_bound == there.upper_bound
    assert here.stats == there.stats
    assert len(list(tmp_path.iterdir())) == len(killing.kinds) == steps


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_an_address_where_nothing_listens_is_refused_at_once(monkeypatch, address: str) -> None:
    from cribble.executors.ray import _connect

    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(ExecutorError, match=r"'ray': no cluster answers .*refused.*ray status"):
        _connect(ray, "ray", None)


def test_exact_two_rounds_pick_as_in_this_process(executor) -> None:
    method = make("rand-greedi", shards=3, form="exact")
    pool = make_pool(method.card.needs, 240, seed=4)
    here, there = (method.select(one, Budget(rows=9), 2) for one in (pool, pool.on(executor)))
    assert here.indices.tolist() == there.indices.tolist()
    assert here.stats == there.stats
    assert 0 < here.stats["lost"] < 1


class _Killing:
    """The executor given, where the first task of each kind of step kills its worker.

    Starting a worker takes seconds, so that the rounds of k-means are not all disturbed.
    """

    def __init__(self, executor, folder: Path) -> None:
        self.executor, self.folder, self.ranks = executor, folder, executor.ranks
        self.hold, self.take = executor.hold, executor.take
        self.kinds: set[str] = set()

    def map(self, work, *columns):
        return self.executor.map(self._deadly(work), *columns)

    def stream(self, work, items):
        return self.executor.stream(self._deadly(work), items)

    def _deadly(self, work):
        kind = getattr(work, "__name__", type(work).__name__)
        if kind in self.kinds:
            return work
        self.kinds.add(kind)
        mark = self.folder / kind

        def killed(*items):
            try:
                mark.touch(exist_ok=False)
            except FileExistsError:
                return work(*items)
            os.kill(os.getpid(), signal.SIGKILL)

        return killed


def test_an_empty_address_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from cribble.executors import ray as module

    class Asked:
        def init(self, **options: object) -> None:
            self.options = options

    monkeypatch.setenv("RAY_ADDRESS", "")
    asked = Asked()
    module._connect(asked, "ray", None)
    assert "address" not in asked.options
