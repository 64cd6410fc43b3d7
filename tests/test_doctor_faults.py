"""Each fault of faults.py gets its own line from doctor and no other; docs/doctor.md lists them as doctor says them."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import faults
import pytest
from broken_setups import Environment, parsed

PAGE = Path(__file__).resolve().parents[1] / "docs" / "doctor.md"
ALL = [*faults.BROKEN, *faults.SIMULATED]
HEAD = """# What `mobiviz doctor` recognises

Each row is a fault, what doctor says of it, and the one thing to do. A *note* works and is worth knowing; a *problem*
must be mended. *Broken*: a test breaks an environment in this way and runs `mobiviz doctor` in it. *Simulated*: a test
makes up the facts, because they need another system or another device. This page is what those tests saw;
`MOBIVIZ_WRITE=1 python -m pytest tests/test_doctor_faults.py` writes it.

| fault | tested | level | what doctor says | what to do |
|---|---|---|---|---|
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return lambda: tmp_path_factory.mktemp("set-up")


@pytest.fixture(scope="module")
def said_of(folders):
    """What doctor says of a fault; each broken environment is made and asked once."""

    @cache
    def said(fault):
        if fault in faults.SIMULATED:
            return None, [each for each in faults.judged(fault.make()) if each.level != "ok"]
        environment = Environment(folders())
        asked = fault.make(environment)
        held = asked.pop("open", None)
        code, found = environment.run(**asked)
        if held:
            held.close()
        return code, [each for each in found if unhealthy(each, fault)]

    return said


def unhealthy(finding, fault):
    """What a healthy environment says as well is no diagnosis, nor is what other programs do to this machine."""
    everywhere = ("no screen", "no browser", "(optional)", "slow disk", "GiB free: little", "slowed down for heat")
    if "port" not in fault.name:
        everywhere += ("port 8888",)
    return finding.level != "ok" and not any(words in finding.text for words in everywhere)


@pytest.fixture(scope="module")
def healthy(folders):
    return Environment(folders())


def test_twelve_faults_at_least_are_really_broken_and_twenty_are_known():
    assert len(faults.BROKEN) >= 12
    assert len(ALL) >= 20
    assert len({fault.name for fault in ALL}) == len(ALL)


@pytest.mark.parametrize("fault", faults.BROKEN, ids=lambda fault: fault.name)
def test_a_broken_environment_gets_its_diagnosis_and_no_other(fault, said_of):
    check(fault, *said_of(fault))


@pytest.mark.parametrize("fault", faults.SIMULATED, ids=lambda fault: fault.name)
def test_a_simulated_fault_gets_its_diagnosis_and_no_other(fault, said_of):
    check(fault, *said_of(fault))


def check(fault, code, found):
    assert [finding.level for finding in found] == [fault.level], found
    assert re.search(fault.words, found[0].text), found
    assert found[0].remedy, "each says what to do"
    if code is not None:
        assert code == (fault.level == "problem")


def test_a_healthy_environment_raises_no_alarm(healthy):
    code, found = healthy.run()
    assert code == 0
    assert not [each for each in found if unhealthy(each, faults.Fault("", "", "", None))]
    assert not [each for each in faults.judged(faults.HERE) if each.level != "ok"]


def test_this_machine_raises_no_alarm_and_is_judged_quickly(tmp_path):
    """The real environment, with all its packages: nothing to mend."""
    before = os.times()
    asked = subprocess.run(
        [sys.executable, "-m", "mobiviz", "doctor"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    after = os.times()
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert not [each for each in parsed(asked.stdout) if each.level == "problem"]
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    assert worked < 10, "seconds of processor time, which other programs change little"


@pytest.mark.parametrize(
    "made",
    [
        (faults.old_lab, faults.not_registered),
        (faults.two_torches, faults.wrong_kernel),
        (faults.torch_crashes, faults.numpy_abi, faults.own_random, faults.file_for_a_folder),
    ],
    ids=lambda made: f"{len(made)} faults",
)
def test_faults_that_come_together_each_get_their_line_and_no_other_does(made, folders):
    environment, asked = Environment(folders()), {}
    for make in made:
        asked |= make(environment)
    code, found = environment.run(**asked)
    problems = [each.text for each in found if each.level == "problem"]
    assert code == 1
    assert len(problems) == len(made)
    for fault in faults.BROKEN:
        if fault.make in made:
            assert any(re.search(fault.words, text) for text in problems), fault.name


def test_what_doctor_says_to_do_mends_it(folders):
    """The remedies that need no download, done by the letter."""
    environment, asked = Environment(folders()), {"environ": {}}
    made = (
        faults.wrong_kernel,
        faults.disabled,
        faults.own_torch,
        faults.leftover,
        faults.proxy,
        faults.file_for_a_folder,
    )
    for make in made:
        asked["environ"] |= make(environment).get("environ", {})
    remedies = "\n".join(each.remedy for each in environment.run(**asked)[1] if unhealthy(each, faults.BROKEN[0]))
    for folder in re.findall(r"delete the folder ([^;\n]+)", remedies):
        shutil.rmtree(folder)
    (environment.work / "torch.py").rename(environment.work / re.search(r"such as (\S+\.py)", remedies)[1])
    asked["environ"] |= dict(re.findall(r"export (\w+)=(\S+)", remedies))
    asked["environ"]["MOBIVIZ_HOME"] = str(environment.home / "mine")
    enable = re.search(r"jupyter labextension (enable \S+ \S+)", remedies)[1].split()
    kept = {"PATH": os.environ["PATH"], "HOME": str(environment.home), **asked["environ"]}
    subprocess.run(
        [environment.python, "-m", "jupyterlab.labextensions", *enable], check=True, env=kept, capture_output=True
    )
    code, found = environment.run(**asked)
    assert code == 0
    assert not [each for each in found if unhealthy(each, faults.BROKEN[0])]


def test_doctor_speaks_where_nothing_heavy_can_be_imported(folders):
    environment = Environment(folders())
    for name in ("numpy", "torch", "ipywidgets", "anywidget", "psutil", "jupyter_core", "PIL", "plotly"):
        environment.replace(
            name, "import os; os.abort()" if name in ("numpy", "torch") else "raise RuntimeError('broken')"
        )
    code, found = environment.run()
    texts = [each.text for each in found if each.level == "problem"]
    assert code == 1
    for name in ("PyTorch", "numpy", "ipywidgets", "anywidget", "psutil", "pillow"):
        assert any(text.startswith(f"{name} cannot be imported") for text in texts), name


def test_doctor_counts_a_proxy_that_spares_this_computer_as_healthy(healthy):
    code, found = healthy.run(
        environ={"HTTP_PROXY": "http://a:b@proxy.example:3128", "NO_PROXY": "localhost,127.0.0.1"}
    )
    (line,) = [each for each in found if "proxy" in each.text]
    assert line.level == "ok"
    assert "a:b" not in line.text, "a password is nobody's business"
    assert code == 0


def test_the_page_lists_the_faults_as_doctor_says_them(said_of):
    rows = []
    for fault in ALL:
        (finding,) = said_of(fault)[1]
        kind = "broken" if fault in faults.BROKEN else "simulated"
        cells = [fault.name, kind, finding.level, f"`{settled(finding.text)}`", f"`{settled(finding.remedy)}`"]
        rows.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    text = HEAD + "\n".join(rows) + "\n"
    if os.environ.get("MOBIVIZ_WRITE") == "1":
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "MOBIVIZ_WRITE=1 pytest tests/test_doctor_faults.py writes it"


def settled(words):
    """Without what differs from machine to machine: folders, dates, the Pythons and the packages that are there."""
    words = re.sub(r"[^\s(]*/set-up\d+", "...", words)
    words = re.sub(r"\blib\S*/site-packages/", ".../", words) if "orch" in words else words
    words = re.sub(r"(?<=and 2)[\d.]+[\w.+]*(?=\))", ".VERSION", words)
    words = re.sub(r"\d{4}-\d\d-\d\d", "DATE", words)
    words = re.sub(r"(?<=take )\d{4}", "PORT", words)
    words = re.sub(r"(?<=than )[\d.]+(?:rc\d)?", "VERSION", words)
    words = re.sub(r"(?<=shared with other programs in )\S+", "...", words)
    return re.sub(r"/sys\b", ".../work", words).replace("`", "'")
