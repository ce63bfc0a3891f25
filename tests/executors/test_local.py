"""This process as an executor: one item after another, in order."""

from __future__ import annotations

from cribble.executors import Local


def test_items_are_taken_one_at_a_time_and_results_come_in_order() -> None:
    taken = []

    def items():
        for item in range(5):
            taken.append(item)
            yield item

    local = Local()
    found = local.map(lambda a, b: (a, b), items(), local.hold("abcde"))
    assert next(found) == (0, "a")
    assert taken == [0]
    assert list(found) == [(1, "b"), (2, "c"), (3, "d"), (4, "e")]


def test_a_stream_keeps_its_order() -> None:
    assert list(Local().stream(lambda item: item * 2, range(100))) == list(range(0, 200, 2))
    assert Local().describe() == {"executor": "local"}
