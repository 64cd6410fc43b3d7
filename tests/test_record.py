"""Records: sums, lookups, tables and files, on Calls made by hand."""

import copy
import json
import pickle
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest

from mobiviz.record import Call, Record, Stats
from mobiviz.record.call import WORK

MAP = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)


def record(**changes):
    calls = (
        Call("", "Net", "other", in_shape=(1, 3, 8, 8), out_shape=(1, 5), elementwise=5),
        Call("stem", "Sequential", "other", out_shape=(1, 2, 3, 4)),
        Call("stem.conv", "Conv2d", "standard", out_shape=(1, 2, 3, 4), macs=1234567, params=54, out_bytes=96,
             read_bytes=900, write_bytes=96, outputs={"out": MAP}),
        Call("fc", "Linear", "linear", out_shape=(1, 5), macs=120, params=125, out_bytes=20),
        Call("fc", "Linear", "linear", nth=1, out_shape=(1, 5), macs=120, out_bytes=20, reduced="every 2nd channel",
             summary=Stats(1.0, 2.0, 0.0, 4.0, 0.25), outputs={"a.0": MAP[0, 0], "b": MAP[0]}),
    )  # fmt: skip
    return replace(Record("Net", (1, 3, 8, 8), calls, 179, 512, 1024), **changes)


UNPRICED = replace(record().calls[0], macs=None, unpriced=("_fft_c2c",))


def test_sums_are_those_of_the_calls():
    total = record().total
    assert (total.macs, total.params, total.out_bytes, total.exact) == (1234807, 179, 136, True)
    assert (total.peak_fused, total.peak_live, total.trainable) == (512, 1024, 179)
    assert total.intensity == pytest.approx(1234807 / 996)


def made_later():
    """The same Record, that makes its Calls when they are asked for; and how often it has made them."""
    whole, made = record(), []
    facts = {item.name: getattr(whole, item.name) for item in fields(whole) if item.name != "calls"}
    work = [[getattr(call, name) for name in WORK] for call in whole]
    return Record.of(lambda: made.append(1) or whole.calls, work, (), **facts), whole, made


def test_sums_are_known_before_the_calls_are_made():
    it, whole, made = made_later()
    assert it.total == whole.total
    assert not made
    assert it.calls is whole.calls
    assert it["fc", 1] is whole["fc", 1]
    assert made == [1]
    assert repr(it) == repr(whole)
    with pytest.raises(AttributeError, match="'Record' object has no attribute 'call'"):
        _ = it.call
    with pytest.raises(AttributeError, match="'Record' object has no attribute 'calls'"):
        _ = Record.__new__(Record).calls


@pytest.mark.parametrize("copy", [lambda it: pickle.loads(pickle.dumps(it)), replace, copy.copy, copy.deepcopy])
def test_a_record_that_makes_its_calls_later_is_copied_with_them(copy):
    it, whole, made = made_later()
    twin = copy(it)
    assert made == [1]
    assert (twin.total, [call.path for call in twin]) == (whole.total, [call.path for call in whole])


def test_an_unpriced_call_makes_the_sum_a_lower_bound():
    bound = record(calls=(UNPRICED, *record().calls[1:]))
    assert not bound.total.exact
    assert bound.total.macs == 1234807
    for shown in (repr(bound), bound._repr_html_()):
        assert "at least 1,234,807" in shown
        assert "? = not priced: _fft_c2c" in shown


def test_calls_by_path():
    it = record()
    assert it["stem.conv"].macs == 1234567
    assert it["fc", 1].nth == 1
    assert it[""].type == "Net"
    assert "fc" in it
    assert "nothing" not in it
    assert [call.path for call in it] == ["", "stem", "stem.conv", "fc", "fc"]
    assert len(it) == 5


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("stem.cnv", "no layer 'stem.cnv'; the nearest path is 'stem.conv'"),
        (("fc", 2), "'fc' was called 2 times, counted from 0 (got 2)"),
        (("fc", -1), "counted from 0"),
    ],
)
def test_an_unknown_path_names_the_nearest(path, words):
    with pytest.raises(KeyError) as caught:
        record()[path]
    assert words in str(caught.value)


def test_text_shows_own_work_and_ends_with_the_sum():
    lines = repr(record()).splitlines()
    assert lines[0] == "Net on 1 x 3 x 8 x 8: 1.235 M MACs, 179 parameters"
    body = [line.split()[0] for line in lines[3:]]
    assert body[:5] == ["(Net)", "stem.conv", "fc", "fc", "-" * len(lines[2])]
    assert "fc (call 2)" in lines[6]
    assert lines[8].split() == ["sum", "1,234,807", "179"]
    assert "512 B fused, 1.00 KiB as run here" in lines[9]


def test_a_long_text_keeps_its_ends():
    calls = tuple(Call(f"l{i}", "Conv2d", "standard", macs=1) for i in range(100))
    text = repr(record(calls=calls))
    assert "... 60 more rows, all in .table()" in text
    assert sum(line.startswith("l") for line in text.splitlines()[3:]) == 40
    assert all(f"\nl{i} " in text for i in (0, 19, 80, 99))


def test_html_is_a_table_for_everybody():
    html = record()._repr_html_()
    for part in ("<caption>", 'scope="col"', 'scope="row"', 'role="region"', 'tabindex="0"', "<tfoot>"):
        assert part in html
    foot = html.partition("<tfoot>")[2].partition("</tfoot>")[0]
    assert "1,234,807" in foot
    assert "179" in foot
    named = record(net="<b>")._repr_html_()
    assert "<b>" not in named
    assert "&lt;b&gt;" in named


def test_the_table_is_a_plain_data_frame():
    frame = record().table()
    assert list(frame["path"]) == ["", "stem.conv", "fc", "fc", "sum"]
    assert frame["macs"].iloc[-1] == 1234807 == frame["macs"].iloc[:-1].sum()
    assert len(record().table(all=True)) == 6
    unpriced = record(calls=(UNPRICED,)).table()
    assert unpriced["macs"].isna().tolist() == [True, False]


def test_times_are_shares_with_a_remainder():
    calls = tuple(replace(call, ms=1.0, span_ms=(0.0, 2.0)) for call in record().calls)
    timed = record(calls=calls, pass_ms=10.0)
    assert timed.unattributed_ms == 5.0
    text = repr(timed)
    assert "share of time" in text
    assert "10.0%" in text
    assert "50.0% of the clocked pass is in no layer" in text
    assert "no latency" in text
    assert timed.table()["ms"].iloc[-1] == 10.0


def test_statistics_are_those_of_the_map():
    stats = record()["stem.conv"].stats
    assert (stats.min, stats.max, stats.zeros) == (0, 23, pytest.approx(1 / 24))
    assert (stats.mean, stats.std) == (pytest.approx(11.5), pytest.approx(MAP.std()))
    assert record()["fc", 1].stats.zeros == 0.25  # that of the whole, of which a part was kept
    assert record()["fc"].stats is None
    assert Stats.of(np.zeros(0)) is None


def test_saved_and_loaded_is_the_same(tmp_path):
    calls = tuple(replace(call, ms=0.5, span_ms=(0.25, 1.5)) for call in (*record().calls, UNPRICED))
    it = record(calls=calls, pass_ms=4.0, versions={"torch": "2"})
    back = Record.load(it.save(tmp_path / "it.npz"))
    for ours, theirs in zip(it, back, strict=True):
        assert replace(ours, outputs={}).__dict__ == replace(theirs, outputs={}).__dict__
        assert list(ours.outputs) == list(theirs.outputs)
        for name, array in ours.outputs.items():
            assert np.array_equal(array, theirs.outputs[name])
            assert array.dtype == theirs.outputs[name].dtype
    assert back.total == it.total
    assert repr(back) == repr(it)
    assert [file.name for file in tmp_path.iterdir()] == ["it.npz"]


def test_loads_where_there_is_no_torch(tmp_path):
    path = record().save(tmp_path / "it.npz")
    code = (
        "import sys; sys.modules['torch'] = sys.modules['pandas'] = None\n"
        f"from mobiviz.record import Record; it = Record.load({str(path)!r})\n"
        "print(it.total.macs, it['stem.conv'].output.sum(), len(it._repr_html_()) > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1234807", "276.0", "True"]


def test_a_trace_that_perfetto_opens(tmp_path):
    calls = tuple(replace(c, ms=0.5, span_ms=(i, 9.0 - i)) for i, c in enumerate(record().calls))
    path = record(calls=calls, pass_ms=10.0).save(tmp_path / "it.trace.json")
    events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    bars = [event for event in events if event["ph"] == "X"]
    assert [bar["name"] for bar in bars] == ["Net", "stem", "stem.conv", "fc", "fc"]
    assert (bars[2]["ts"], bars[2]["dur"], bars[2]["args"]["macs"]) == (2000.0, 5000.0, 1234567)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("it.pickle", ValueError, "saved as .npz or .trace.json (got 'it.pickle')"),
        ("it.trace.json", ValueError, "needs times"),
        ("nowhere/it.npz", FileNotFoundError, "nowhere"),
    ],
)
def test_what_cannot_be_saved(tmp_path, name, error, words):
    with pytest.raises(error) as caught:
        record().save(tmp_path / name)
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = record().save(tmp_path / "it.npz")
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        record(net="Other").save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_loaded(tmp_path):
    with pytest.raises(FileNotFoundError, match="no saved Record"):
        Record.load(tmp_path / "none.npz")
    (tmp_path / "other.npz").write_bytes(b"PK not a record")
    with pytest.raises(ValueError, match="not a Record"):
        Record.load(tmp_path / "other.npz")
    np.savez(tmp_path / "arrays.npz", a=MAP)
    with pytest.raises(ValueError, match="not a Record"):
        Record.load(tmp_path / "arrays.npz")
