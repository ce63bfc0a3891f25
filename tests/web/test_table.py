from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cribble.web.table import Query, Table

queries = st.builds(
    Query,
    words=st.sampled_from(["", "river", "r1 stone", '"no such"', "#7", "#700"]),
    side=st.sampled_from(["all", "in", "out"]),
    column=st.sampled_from(["", "source"]),
    group=st.sampled_from(["", "code"]),
    score=st.sampled_from(["", "quality", "score"]),
    low=st.sampled_from([None, 0.0, 2.5]),
    high=st.sampled_from([None, 4.5]),
    order=st.sampled_from(["pick", "row", "high", "low"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(query=queries)
def test_a_query_shows_what_a_plain_loop_would(session, query):
    if not session.state()["undo"]:
        session.move(int(session.selection.indices[3]), False)
        session.move(80, True)
        session.cut(9)
    inside = session.inside(session.changes)
    records = session.pool.rows.take(range(len(session.pool)))
    texts = [session.words.read(row)[1] for row in range(len(records))]

    def shown(row):
        held = f"{records[row]['id']} {texts[row]}"
        words = query.words.replace('"', "").split()
        if query.words.startswith("#"):
            right = row == int(query.words[1:])
        else:
            right = all(word in held for word in words)
        right &= query.side == "all" or inside[row] == (query.side == "in")
        if query.column and query.group:
            right &= records[row]["source"] == query.group
        if query.score:
            score = records[row]["score"]
            right &= query.low is None or score >= query.low
            right &= query.high is None or score <= query.high
        return right

    def place(row):
        rank = session.ranks[row] if session.ranks[row] >= 0 else len(records)
        score = records[row]["score"]
        if query.order == "pick":
            return (-1 if row in session.changes.added else int(rank), row)
        if query.score and query.order in ("high", "low"):
            return (-score if query.order == "high" else score, row)
        return (row,)

    wanted = sorted(filter(shown, range(len(records))), key=place)
    assert Table(session).find(query).tolist() == wanted


def test_columns_are_offered_by_what_they_hold(session):
    table = Table(session)
    assert "source" in table.groupings
    assert "id" not in table.groupings
    assert {"quality", "score"} <= set(table.scores)
    assert "embedding" not in table.scores


def test_a_described_row_says_what_the_hand_did(session):
    taken = int(session.selection.indices[0])
    session.move(taken, False)
    [told] = Table(session).describe(np.array([taken]), Query(column="source", score="score"))
    assert (told["rank"], told["inside"], told["hand"]) == (0, False, True)
    assert told["group"] in ("code", "web")
    assert told["score"] == taken % 7 + 0.5
    session.undo()
    [told] = Table(session).describe(np.array([taken]), Query())
    assert (told["inside"], told["hand"]) == (True, False)
