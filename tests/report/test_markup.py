import json

from hypothesis import given
from hypothesis import strategies as st

from cribble.report.markup import Markup, join, script_data, table, tag


def test_strings_are_escaped_and_markup_is_not():
    assert tag("p", "<b>", tag("i", "&"), 3) == "<p>&lt;b&gt;<i>&amp;</i>3</p>"
    assert join("a<", Markup("<br>"), None) == "a&lt;<br>"


def test_attributes_are_escaped_named_and_left_out():
    made = tag("input", class_="a\"b'", aria_label="x", hidden=True, title=None)
    assert made == '<input class="a&quot;b&#x27;" aria-label="x" hidden></input>'


@given(st.text())
def test_data_in_a_script_never_ends_it_and_reads_back(text):
    made = script_data({"text": text})
    assert not set("<>&\u2028\u2029") & set(made)
    assert json.loads(made) == {"text": text}


def test_tables_keep_cells_that_are_made():
    made = table(("a", "b"), [("x", tag("td", "y", class_="z"))], caption="What & why")
    assert '<td class="z">y</td>' in made
    assert '<th scope="row">x</th>' in made
    assert made.count("What &amp; why") == 3
