from hypothesis import given
from hypothesis import strategies as st

from tqcheck.report.marked import Span, marked_lines


@st.composite
def texts_with_spans(draw):
    text = draw(st.text(alphabet="ab ж\n\r\t.", max_size=20) | st.text(max_size=10))
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    return text, [Span(start, end, number) for number, (start, end) in enumerate(draw(st.lists(ends, max_size=6)), 1)]


@given(texts_with_spans())
def test_lines_put_together_are_the_text(text_and_spans):
    text, spans = text_and_spans
    lines = marked_lines(text, spans)
    if lines:
        assert "".join(line.before + "".join(piece.text for piece in line.pieces) + line.after for line in lines) == text
    else:
        assert not text.strip()


@given(texts_with_spans())
def test_each_span_covers_its_own_characters_and_begins_and_ends_once(text_and_spans):
    text, spans = text_and_spans
    pieces = [piece for line in marked_lines(text, spans) for piece in line.pieces]
    if not pieces:
        return
    for span in spans:
        covered = "".join(piece.text for piece in pieces if span in piece.spans)
        assert "".join(covered.split()) == "".join(text[span.start : span.end].split())
        assert sum(span in piece.begins for piece in pieces) == 1
        assert sum(span in piece.ends for piece in pieces) == 1


def test_overlapping_spans_are_cut_at_all_borders():
    one, other = Span(0, 6, 1), Span(3, 9, 2)
    (line,) = marked_lines("abcdefghijk", [one, other])
    assert [(piece.text, [span.number for span in piece.spans]) for piece in line.pieces] == [
        ("abc", [1]),
        ("def", [1, 2]),
        ("ghi", [2]),
        ("jk", []),
    ]


def test_a_span_over_line_ends_is_marked_in_both_lines():
    first, second = marked_lines("one\n\ntwo", [Span(0, 8, 1)])
    assert [piece.text for piece in (*first.pieces, *second.pieces) if piece.spans] == ["one", "two"]
    assert (first.after, second.after) == ("\n\n", "")


def test_an_empty_span_becomes_an_empty_piece():
    (line,) = marked_lines("ab", [Span(1, 1, 1)])
    assert [piece.text for piece in line.pieces] == ["a", "", "b"]
