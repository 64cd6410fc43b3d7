"""The commands `mobiviz sweep train` and `mobiviz sweep time`: what they write, keep and refuse, here and elsewhere."""

import pandas as pd
import pytest

import mobiviz as mv
from mobiviz import cli, sweep


def test_one_worker_of_a_machine_measures():
    def worker(host, **resources):
        return {"host": host, "resources": resources}

    sweep.check_alone({})
    sweep.check_alone({"a": worker("1", alone=1), "b": worker("2", alone=1), "c": worker("1")})
    with pytest.raises(ValueError, match="none of the 1 workers may measure; start one a machine with"):
        sweep.check_alone({"a": worker("1", gpu=1)})
    with pytest.raises(ValueError, match="2 workers on 1 have the resource 'alone'"):
        sweep.check_alone({"a": worker("1", alone=1), "b": worker("1", alone=1)})


def test_the_command_trains_a_grid_writes_it_and_goes_on(tmp_path, capsys):
    words = ["sweep", "train", "v2", "--data", "shapes", "--alphas", "0.25", "--sizes", "32", "--epochs", "1"]
    words += ["--photos", "64", "--runs", str(tmp_path / "runs")]
    assert cli.main(words) == 0
    first = (tmp_path / "runs.csv").read_bytes()
    assert b"net,alpha,size,seed,data,epochs,photos,threads,macs" in first
    assert "2 rows in" in capsys.readouterr().out
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").rglob("checkpoint.pt")}
    assert cli.main([*words, "--out", str(tmp_path / "again.csv")]) == 0
    assert (tmp_path / "again.csv").read_bytes() == first
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "what is finished is not trained again"


def test_the_command_times_a_grid(tmp_path, capsys):
    words = ["sweep", "time", "v1", "--alphas", "0.25", "--sizes", "32", "64", "--budget", "0.1"]
    assert cli.main([*words, "--runs", str(tmp_path / "runs")]) == 0
    found = pd.read_csv(tmp_path / "runs.csv")
    assert list(found["size"]) == [32, 64]
    assert list(found["macs"]) == [mv.cost(mv.V1, 0.25, size).macs for size in (32, 64)]
    assert (found["low_ms"] <= found["ms"]).all()
    assert found["host"].notna().all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "v9", "--data", "shapes"), "v9"),
        (("train", "--data", "shapes", "--epochs", "0"), "--epochs must be > 0 (got 0)"),
        (("train", "--data", "shapes", "--alphas", "-1"), "--alphas must be > 0 (got -1)"),
        (("train", "--data", "nowhere"), "there is no file or folder 'nowhere'"),
        (("time", "--sizes", "7"), "7"),
        (("time", "--threads", "0"), "--threads must be > 0 (got 0)"),
    ],
)
def test_what_the_command_refuses(words, said, tmp_path, capsys):
    assert cli.main(["sweep", *words, "--runs", str(tmp_path)]) == 1
    assert said in capsys.readouterr().err
