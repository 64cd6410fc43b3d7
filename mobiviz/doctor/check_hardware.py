"""The processor, memory and power, and what stands between this machine, its browser and a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mobiviz import lab, units
from mobiviz.doctor.facts import Hardware, SetUp
from mobiviz.doctor.finding import Finding, note, ok, problem

LEAST_MEMORY = 2 * 2**30


def hardware(here: Hardware) -> Iterator[Finding]:
    """The processor, its load, what slows it down, and memory."""
    now = here.machine
    if now is None:
        yield note("processor and memory not read: psutil is missing")
    else:
        busy = units.percent(now.foreign_load, 0)
        cores = f"{now.physical_cores} cores, {now.logical_cores} threads, {now.usable_cores} usable"
        yield ok(f"{now.cpu} ({cores}), {now.os}; other programs take {busy} of it")
        if now.on_battery:
            yield note("on battery: the processor may run slower", "plug in before you measure")
    if here.saver:
        yield note(f"power is being saved ({here.saver}): the processor runs slower", _FULL_POWER)
    if here.held:
        yield note(f"the processor is held back: {here.held}", _FULL_POWER)
    if here.throttles:
        text = f"the processor was slowed down for heat {here.throttles} times while doctor looked"
        yield note(text, "let it cool: off the blanket, vents free; then measure")
    if now is not None and now.core_limit is not None and now.core_limit < now.usable_cores:
        text = f"this account may use {now.core_limit:g} cores' time at most; beyond it, it is halted"
        yield note(text, "timings will jump; measure on a computer of your own, or ask whoever set the limit")
    yield from _memory(here)


_FULL_POWER = "choose the best performance in the system's power settings before you measure"


def _memory(here: Hardware) -> Iterator[Finding]:
    if here.limit_bytes is not None and here.limit_bytes < LEAST_MEMORY:
        text = f"this account may use {units.bytes(here.limit_bytes)} of memory at most: little"
        yield note(text, "keep one notebook open at a time (Kernel, Shut Down), or have the limit raised")
    if here.machine is None:
        return
    memory = f"{units.bytes(here.machine.memory_bytes)} of memory, {units.bytes(here.machine.available_bytes)} free"
    if here.machine.available_bytes >= LEAST_MEMORY:
        yield ok(memory)
    else:
        yield note(f"{memory}: little", "close other programs before you open a notebook")


def network(here: SetUp) -> Iterator[Finding]:
    """The port for JupyterLab, a proxy, and a firewall before the phone."""
    net, first, windows = here.network, lab.FIRST_PORT, here.system == "Windows"
    if net.port is None:
        text = f"all ports that mobiviz lab tries, from {first}, are taken"
        yield problem(text, "mobiviz lab --port 9999, or another free one")
    elif net.port != first:
        text = f"port {first} is taken, probably by another JupyterLab; mobiviz lab would take {net.port}"
        yield note(text, "nothing to do, or stop the other one first")
    if net.proxies:
        shown = ", ".join(f"{scheme} through {_without_password(proxy)}" for scheme, proxy in net.proxies.items())
        if net.proxy_spares_us:
            yield ok(f"a proxy: {shown}; not for this computer itself")
        else:
            remedy = "{} NO_PROXY{}127.0.0.1,localhost".format(*(("setx", " ") if windows else ("export", "=")))
            yield note(
                f"a proxy is set ({shown}), even for what runs on this computer: programs may not reach JupyterLab",
                remedy,
            )
    if net.firewall:
        yield note(f"a firewall is on ({net.firewall}): a phone may not reach this computer", _OPEN[here.system])


_OPEN = {
    "Linux": "for a phone: sudo ufw allow proto tcp from 192.168.0.0/16 (firewalld: trust that source)",
    "Darwin": "when macOS asks about Python, choose Allow; it is under System Settings, Network, Firewall",
    "Windows": "when Windows asks about Python, allow private networks; the Wi-Fi must be a private one too",
}


def browser(found: str | None) -> Finding:
    """Whether a browser can open here."""
    remedy = "open the address that `mobiviz lab --no-browser` prints in a browser of your own"
    if found is None:
        return note("no screen, so no browser opens by itself", remedy)
    return ok(f"browser: {found}") if found else note("no browser found", remedy)


def _without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//", address)
