import pickle

import pytest

from tqcheck import errors
from tqcheck.errors import ConfigError, ModelError, ReadError, TqcheckError, WriteError, unknown


@pytest.mark.parametrize("kind", [ConfigError, ReadError, ModelError, WriteError])
def test_every_error_is_a_tqcheck_error_is_in_the_tree_and_survives_pickling(kind):
    assert issubclass(kind, TqcheckError)
    assert kind.__name__ in errors.__doc__
    again = pickle.loads(pickle.dumps(kind("what to do")))  # noqa: S301 - our own bytes
    assert type(again) is kind
    assert str(again) == "what to do"


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        ("headline-repeat", ["headline-repeated", "markup-left"], "unknown rule 'headline-repeat': did you mean 'headline-repeated'?"),
        ("xyz", ["b", "a"], "unknown rule 'xyz': known: a, b"),
        ("x", [], "unknown rule 'x': known: "),
    ],
)
def test_an_unknown_name_is_answered_with_the_near_one_or_with_all(name, known, message):
    assert unknown("rule", name, known) == message
