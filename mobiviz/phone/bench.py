"""Runs on the phone: times one `.ptl` in PyTorch Mobile's lite interpreter and prints the line that `parse` reads.

It is pushed beside a Python and a torch of its own, so it imports nothing of mobiviz. `job.json` names what to run.
"""

import array
import base64
import json
import os
import secrets
import statistics
import sys
import time
import warnings

import torch

SAMPLE_MS, SETTLED, LEAST_ROUNDS, MOST_ROUNDS, WARM_S = 20.0, 0.98, 8, 80, 10.0


def main(folder="."):
    with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    warnings.simplefilter("ignore")
    torch.backends.quantized.engine = "qnnpack"
    from torch.jit.mobile import _load_for_lite_interpreter

    net = _load_for_lite_interpreter(os.path.join(folder, job["file"]))
    with open(os.path.join(folder, "input.bin"), "rb") as file:
        x = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(job["shape"])
    with torch.inference_mode():
        print("mobiviz-phone-1 " + json.dumps(report(job, net, x)), flush=True)


def report(job, net, x):
    begin = time.perf_counter()
    answer = net(x)
    first_ms = (time.perf_counter() - begin) * 1e3
    wanted = base64.b64decode(job["wanted"])
    want = torch.frombuffer(bytearray(wanted), dtype=torch.float32)
    got = answer.float().flatten()[torch.arange(len(want)) * answer.numel() // len(want)]
    relative = float((got - want).abs().max() / want.abs().max())
    samples, calls = timed(lambda: net(x), job["budget_ms"] / 1e3)
    run = {"name": job["name"], "macs": job["macs"], "first_ms": first_ms, "calls": calls, "samples_ms": samples}
    run |= {"outputs": base64.b64encode(array.array("f", got.tolist()).tobytes()).decode("ascii")}
    run |= {"relative": relative if relative == relative else 1e30}
    found = {
        "id": secrets.token_hex(16),
        "job": job["job"],
        "model": job["model"],
        "browser": "",
        "platform": "Android",
    }
    found |= {"engine": "PyTorch Mobile, lite interpreter", "version": torch.__version__, "threads": job["threads"]}
    return found | {"cores": os.cpu_count() or 1, "isolated": False, "timer_ms": 0.001, "hidden": 0, "nets": [run]}


def timed(call, budget_s):
    """Samples in ms and calls in each, after a warm-up until calls are no longer faster."""
    took, start = [], time.perf_counter()
    while len(took) < 2 or time.perf_counter() - start < WARM_S:
        begin = time.perf_counter()
        call()
        took.append(time.perf_counter() - begin)
        if len(took) >= 10 and statistics.median(took[-5:]) >= SETTLED * statistics.median(took[-10:-5]):
            break
    calls = max(1, min(1000, int(SAMPLE_MS / 1e3 / statistics.median(took)) + 1))
    samples, start = [], time.perf_counter()
    while len(samples) < MOST_ROUNDS:
        spent = time.perf_counter() - start
        if spent > budget_s * (1 if len(samples) >= LEAST_ROUNDS else 3) and len(samples) > 2:
            break
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        samples.append(round((time.perf_counter() - begin) / calls * 1e3, 6))
    return samples, calls


if __name__ == "__main__":
    main(*sys.argv[1:2])
