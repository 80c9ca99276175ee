"""What the commands do is tested by tests/test_cli.py and the tests of what they call; here, that the two modules fit together."""

import argparse
import subprocess
import sys

from tqcheck import cli, commands


def test_every_command_of_the_command_line_is_a_documented_function_of_commands():
    (choices,) = [action.choices for action in cli._parser()._actions if isinstance(action, argparse._SubParsersAction)]
    runs = {name: parser.get_default("run") for name, parser in choices.items()}
    assert {run.__module__ for run in runs.values()} == {commands.__name__}
    assert all(run.__doc__ for run in runs.values())
    assert len(set(runs.values())) == len(runs)


def test_they_are_imported_without_what_is_slow_to_import():
    slow = "pandas", "torch", "numpy", "lxml", "jinja2", "pyarrow", "sentence_transformers", "matplotlib", "pyspark"
    program = f"import sys, tqcheck.commands; print([name for name in {slow!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_counts_of_a_message_agree_with_their_nouns():
    assert [commands._count(number, "finding") for number in (0, 1, 2)] == ["0 findings are", "1 finding is", "2 findings are"]
