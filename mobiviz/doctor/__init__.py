"""What is wrong with this machine's set-up, in words, each fault with the one thing to do about it.

`facts.py` says what is known, `read*.py` find it out, the other files turn it into findings. What may crash an
interpreter, such as a broken build of torch, is imported in one of its own (`imports.py`). Nothing heavy is imported
here, so doctor still speaks where the rest of the package cannot.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

from mobiviz import __version__
from mobiviz.doctor import checks, imports, read, read_power
from mobiviz.doctor.finding import Finding

__all__ = ["Finding", "findings", "report"]


def report() -> int:
    """Print every finding; returns 1 where something must be mended, else 0."""
    if hasattr(sys.stdout, "reconfigure"):  # a console that lacks a letter gets a ? in its place
        sys.stdout.reconfigure(errors="replace")
    problems = 0
    print(f"mobiviz {__version__}", flush=True)
    for finding in findings():
        problems += finding.level == "problem"
        print(f"{finding.level:<8} {finding.text}", flush=True)
        if finding.remedy:
            print(f"{'':<8} -> {finding.remedy}", flush=True)
    mend = f"{problems} problem{'s' if problems > 1 else ''} to mend; each -> line says how."
    print(mend if problems else "Nothing to mend.")
    return 1 if problems else 0


def findings() -> Iterator[Finding]:
    """Every finding on this machine, in the order in which they are best mended."""
    old = list(checks.too_old(sys.version_info))
    if old:  # whatever else were found would be about the wrong Python
        yield from old
        return
    here, hot = read.set_up(), read_power.throttles()
    started = imports.start(imports.present(here.packages))
    yield from checks.at_once(here)
    told = imports.end(started)
    hardware = replace(here.hardware, throttles=read_power.throttles() - hot)
    yield from checks.after_imports(replace(here, imports=told, hardware=hardware))
