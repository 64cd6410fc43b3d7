"""docs/deploy: its configuration names what exists, typed answers survive an update, and its tables are measured."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import classroom
import kernel_memory
import nbformat
import pytest
import yaml

from mobiviz import assets

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "docs/deploy"
NOTEBOOK = "02_depthwise_plus_pointwise.ipynb"
ANSWER = 'fewer_macs = 7  # a "quoted", typed answer: é\nguess("ratio_02", fewer_macs, unit="x")'


def configuration():
    """The configuration as JupyterHub would load it."""
    traitlets = pytest.importorskip("traitlets.config")
    loader = traitlets.PyFileConfigLoader(str(DEPLOY / "jupyterhub_config.py"))
    return loader.load_config()


@pytest.fixture(scope="module")
def classes():
    """The hub's classes that the configuration may name; the tests of an installation without the hub leave it out."""
    app = pytest.importorskip("jupyterhub.app", reason="NO HUB: pip install 'mobiviz[hub]'")
    systemd = pytest.importorskip("systemdspawner", reason="NO HUB: pip install 'mobiviz[hub]'")
    from jupyterhub.auth import LocalAuthenticator, PAMAuthenticator
    from jupyterhub.spawner import Spawner

    found = (app.JupyterHub, LocalAuthenticator, PAMAuthenticator, Spawner, systemd.SystemdSpawner)
    return {each.__name__: each for each in found}


def test_every_option_of_the_configuration_exists(classes):
    import traitlets

    config = configuration()
    assert set(config) == set(classes)
    for name, options in config.items():
        made = classes[name].class_traits(config=True)
        for option, value in options.items():
            assert option in made, f"{name} has no option {option}"
            if not option.endswith("_class"):
                made[option]._validate(traitlets.HasTraits(), value)


def test_the_parts_that_the_configuration_starts_exist(classes):
    from importlib.metadata import entry_points

    config = configuration()
    assert config.JupyterHub.spawner_class in entry_points(group="jupyterhub.spawners").names
    assert config.JupyterHub.authenticator_class in entry_points(group="jupyterhub.authenticators").names
    (culler,) = config.JupyterHub.services
    (role,) = config.JupyterHub.load_roles
    assert role["services"] == [culler["name"]]
    said = subprocess.run([*culler["command"], "--help"], capture_output=True, text=True, check=True).stdout
    for option in culler["command"][3:]:
        assert option.partition("=")[0] in said
    assert Path(config.Spawner.cmd[0]).name == "jupyterhub-singleuser"


def test_both_ways_give_a_student_the_same():
    config, values = configuration(), yaml.safe_load((DEPLOY / "values.yaml").read_text(encoding="utf-8"))
    student, culler = values["singleuser"], config.JupyterHub.services[0]["command"]
    assert student["memory"]["limit"] == config.SystemdSpawner.mem_limit
    assert student["memory"]["guarantee"] == "1.5G"
    assert student["cpu"]["limit"] == config.SystemdSpawner.cpu_limit
    assert student["extraEnv"] == config.Spawner.environment
    assert student["defaultUrl"] == config.Spawner.default_url
    assert {f"--timeout={values['cull']['timeout']}", f"--cull-every={values['cull']['every']}"} <= set(culler)
    assert all(mount["readOnly"] for mount in student["storage"]["extraVolumeMounts"])


def test_the_pages_table_is_what_was_measured():
    measured = json.loads(classroom.ROWS.read_text(encoding="utf-8"))
    assert classroom.table(measured) in (DEPLOY / "README.md").read_text(encoding="utf-8")


def test_the_limits_are_those_that_the_measurements_allow():
    config, measured = configuration(), json.loads(classroom.ROWS.read_text(encoding="utf-8"))
    rows = {row["students"]: row for row in measured["rows"]}
    assert config.JupyterHub.active_server_limit in rows, "as many at once were tried"
    assert rows[config.JupyterHub.active_server_limit]["all_mb"] < 1e3 * measured["machine"]["memory_gb"]
    assert config.SystemdSpawner.mem_limit == "4G"
    assert {path.stem for path in assets.notebooks("solutions").glob("*.ipynb")} == set(measured["peaks_mb"])
    gib, server, hungriest = 2**30 / 1e6, rows[1]["server_mb"], max(measured["peaks_mb"].values())
    assert hungriest + server < 1.5 * gib
    assert 2 * hungriest + server < 4 * gib
    assert hungriest <= kernel_memory.LIMIT_MB


class Course:
    """A teacher's git repository on this machine, and a student's copy that nbgitpuller keeps."""

    def __init__(self, folder):
        self.folder, self.copy = folder / "course", folder / "home/mobiviz"
        self.own, self.theirs = (each / "notebooks" / NOTEBOOK for each in (self.folder, self.copy))
        self.own.parent.mkdir(parents=True)
        self.own.write_bytes(assets.notebooks(NOTEBOOK).read_bytes())
        self._git("init", "-q", "-b", "main")
        self.publish()
        self.pull()

    def _git(self, *words):
        who = ("-c", "user.name=teacher", "-c", "user.email=teacher@localhost")
        subprocess.run(["git", "-C", str(self.folder), *who, *words], check=True)

    def publish(self):
        self._git("add", "--all", ".")
        self._git("commit", "-q", "-m", "an edition")

    def pull(self):
        """What a click on the link does."""
        pull = pytest.importorskip("nbgitpuller.pull", reason="NO HUB: pip install 'mobiviz[hub]'")
        return list(pull.GitPuller(f"file://{self.folder}", str(self.copy), branch="main").pull())


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def read(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def cell(notebook, words):
    (found,) = [each for each in notebook.cells if words in each.source]
    return found


def worked(path):
    """A student's afternoon: an answer typed, cells run, a cell of their own, and all of it saved by JupyterLab."""
    notebook = read(path)
    cell(notebook, "fewer_macs = ...").source = ANSWER
    for count, each in enumerate((each for each in notebook.cells if each.cell_type == "code"), 1):
        each.execution_count = count
        each.outputs = [nbformat.v4.new_output("stream", text=f"run {count}\n")]
    notebook.cells.insert(9, nbformat.v4.new_code_cell("my_own = 42", id="of-my-own"))
    nbformat.write(notebook, path)  # as JupyterLab saves


def changed(path, change):
    notebook = read(path)
    change(notebook)
    nbformat.write(notebook, path)  # as JupyterLab saves


def another_sentence(notebook):
    cell(notebook, "## Look").source += "\n\nA sentence of the second edition."


def another_skeleton(notebook):
    each = cell(notebook, "fewer_macs")
    each.source = each.source.replace("# your code here", "# a number")


def another_cell(notebook):
    notebook.cells.insert(4, nbformat.v4.new_markdown_cell("A cell of the second edition.", id="second"))
    notebook.cells.append(nbformat.v4.new_markdown_cell("The last cell of the second edition.", id="last"))


def fewer_cells(notebook):
    notebook.cells.remove(cell(notebook, "fewer_macs"))


@pytest.mark.parametrize("change", [another_sentence, another_skeleton, another_cell, fewer_cells])
def test_typed_answers_survive_an_update(course, change):
    worked(course.theirs)
    changed(course.own, change)
    course.publish()
    course.pull()
    merged = read(course.theirs)
    assert cell(merged, "fewer_macs").source == ANSWER
    assert cell(merged, "my_own = 42")
    assert "<<<<<<<" not in course.theirs.read_text(encoding="utf-8")


def test_an_update_brings_what_is_new(course):
    worked(course.theirs)
    changed(course.own, another_sentence)
    (course.own.parent / "15_new.ipynb").write_bytes(course.own.read_bytes())
    course.publish()
    course.pull()
    assert "A sentence of the second edition." in cell(read(course.theirs), "## Look").source
    assert (course.theirs.parent / "15_new.ipynb").exists()


def test_a_notebook_of_ones_own_is_moved_aside_and_a_deleted_one_comes_back(course):
    mine = course.theirs.parent / "notes.ipynb"
    mine.write_text("mine", encoding="utf-8")
    (course.own.parent / "notes.ipynb").write_text("the teacher's", encoding="utf-8")
    course.theirs.unlink()
    course.publish()
    course.pull()
    assert read(course.theirs) == read(course.own)
    assert {path.read_text(encoding="utf-8") for path in mine.parent.glob("notes*")} == {"mine", "the teacher's"}


def test_a_notebook_that_the_course_drops_stays_where_it_was_worked_in(course):
    worked(course.theirs)
    course.own.unlink()
    (course.folder / "README.md").write_text("moved", encoding="utf-8")
    course.publish()
    course.pull()
    assert cell(read(course.theirs), "fewer_macs").source == ANSWER
