"""notebooks/audit.ipynb runs from a clean kernel, says what is true of its output, and is kept without output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
AUDIT = FOLDER / "audit.ipynb"

# What the sentences between the cells say of the output, as expressions in the notebook's names.
CLAIMS = {
    "Nothing was found in the articles by human translators": "scores[scores.system == 'human'].findings.sum() == 0",
    "Nearly all articles of both engines fail": "(scores[scores.system != 'human'].verdict == 'fail').mean() > 0.9",
    "the boxes of the engines overlap": "max(middle.low) < min(middle.high)",
    "The interval of the score holds 0": "gap.low['score'] < 0 < gap.high['score']",
    "chance alone often makes such a difference": "gap.p_value['score'] > 0.2",
    "Nor does the estimate of adequacy": "gap.low['adequacy'] < 0 < gap.high['adequacy'] and gap.p_value['adequacy'] > 0.05",
    "a dozen articles of each": "(scores.groupby('system').size()[['engine-a', 'engine-b']] == 12).all()",
    "The score differs by far more than chance would make it": "human.p_value['score'] < 0.001 and human.low['score'] > 0",
    "The estimated adequacy does not": "human.p_value['adequacy'] > 0.05 and human.difference['adequacy'] < 0.05",
    "The languages at the top are those with a single article": "(by_lang.sort_values('per_1000_words').articles.tail(3) == 1).all()",
    "one finding more or less moves their rate by several": "(1000 / by_lang[by_lang.articles == 1].words).min() > 3",
    "What was left over from web pages is the most frequent fault": "findings.rule.value_counts().idxmax() == 'boilerplate-left'",
    "and both engines have it": "set(findings[findings.rule == 'boilerplate-left'].system) == {'engine-a', 'engine-b'}",
    "Most findings are accepted": "judged.accepted.mean() > 0.7",
    "of those with a confidence of 0.9 and more nearly nine in ten": "0.84 < judged[judged.confidence >= 0.9].accepted.mean() < 0.95",
    "Between 0.8 and 0.9 the rules look too sure": "judged[judged.confidence.between(0.8, 0.899)].accepted.mean() < 0.8",
    "what is not accepted is nearly always a place that the editor labelled": "labelled[~accepted].mean() > 0.9",
    "No month lies outside of the band": "not ((band['mean'] < band.low) | (band['mean'] > band.high)).any()",
    "it is nearly as wide as the scale": "(band.high.clip(0, 100) - band.low.clip(0, 100)).min() > 75",
    "with one to three articles a month": "set(band.n) == {1, 2, 3}",
}
HELPERS = """
from tqcheck.plots import control_table
gap, human = compare_systems(scores, "engine-a", "engine-b"), compare_systems(scores, "engine-b", "human")
band, _ = control_table(scores.score, scores.published, "MS")
engines = scores[scores.system != "human"].groupby("system").score
middle = pd.DataFrame({"low": engines.quantile(0.25), "high": engines.quantile(0.75)})
"""


# In a process of its own: nbclient leaves sockets open, which are warnings, which are errors here. The kernel is this interpreter, whatever
# kernels this machine knows; its sockets are files in a folder of their own, since pytest's folders are too deep for the name of a socket.
RUN = """
import sys, tempfile
import nbclient, nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

given, done, folder = sys.argv[1:]
notebook = nbformat.read(given, as_version=4)
with tempfile.TemporaryDirectory() as sockets:
    known = KernelSpecManager(kernel_dirs=[])
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=known, transport="ipc", ip=f"{sockets}/kernel")
    assert manager.kernel_spec.argv[0] == sys.executable, manager.kernel_spec.argv
    nbclient.NotebookClient(notebook, km=manager, timeout=600, allow_errors=False, resources={"metadata": {"path": folder}}).execute()
nbformat.write(notebook, done)
"""


def run(notebook, home):
    """The notebook with its outputs, run in its folder with this checkout."""
    given, done = home / "given.ipynb", home / "done.ipynb"
    nbformat.write(notebook, given)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "IPYTHONDIR": str(home),
        "PYTHONWARNINGS": "error::FutureWarning",
    }
    ran = subprocess.run([sys.executable, "-c", RUN, given, done, FOLDER], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return nbformat.read(done, as_version=4)


@pytest.mark.slow
def test_the_audit_runs_to_its_end_from_a_clean_kernel_and_its_sentences_are_true(tmp_path):
    notebook = nbformat.read(AUDIT, as_version=4)
    prose = " ".join(" ".join(cell.source.split()) for cell in notebook.cells if cell.cell_type == "markdown")
    checks = f"{HELPERS}\nclaims = {CLAIMS!r}\nprint([claim for claim, truth in claims.items() if not eval(truth)])"
    notebook.cells.append(nbformat.v4.new_code_cell(checks, id="claims"))
    notebook = run(notebook, tmp_path)
    *cells, claims = (cell for cell in notebook.cells if cell.cell_type == "code")
    assert claims.outputs[-1].text == "[]\n"
    assert [claim for claim in CLAIMS if claim not in prose] == []
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5
    assert any('class="tqcheck-article"' in output.get("data", {}).get("text/html", "") for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_kept_without_what_it_printed(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
    nbformat.validate(nbformat.read(path, as_version=4))


def test_there_is_a_notebook():
    assert AUDIT in NOTEBOOKS
