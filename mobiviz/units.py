"""Numbers as text: the only place that rounds, groups digits and names units.

The unit of compute is the MAC, one multiply and one add; FLOPs exist only here.
"""

from __future__ import annotations

import math

_SI = (1000, ("", "k", "M", "G", "T"))
_BINARY = (1024, ("B", "KiB", "MiB", "GiB", "TiB"))


def exact(count: int | None) -> str:
    """An integer with its thousands grouped: `300,774,272`; None, which nobody could price, is `?`."""
    return "?" if count is None else f"{count:,d}"


def macs(count: int | None) -> str:
    """MACs to four digits: `300.8 M MACs`."""
    return f"{short(count)} MACs"


def flops(mac_count: int | None) -> str:
    """FLOPs of a number of MACs, counting the multiply and the add: `601.5 M FLOPs`."""
    return f"{short(None if mac_count is None else 2 * mac_count)} FLOPs"


def params(count: int | None) -> str:
    """Parameters to three digits: `3.50 M parameters`."""
    return f"{short(count, digits=3)} parameters"


def bytes(count: int | None) -> str:
    """Bytes in powers of 1024: `4.59 MiB`."""
    return "?" if count is None else _scaled(count, _BINARY, 3)


def ms(value: float, low: float | None = None, high: float | None = None) -> str:
    """Milliseconds, with their interval where there is one: `7.7 ms [7.5, 8.0]`."""
    if low is None or high is None:
        return f"{_digits(value, 2)} ms"
    places = _places(max(value, 1e-9), 2)
    if high > low:  # enough digits to tell the ends of a narrow interval apart
        places = max(places, min(3, math.ceil(-math.log10(high - low))))
    return f"{value:.{places}f} ms [{low:.{places}f}, {high:.{places}f}]"


def ratio(value: float) -> str:
    """A ratio to three digits: `8.56x`."""
    return f"{_digits(value, 3)}x"


def rate(gmacs: float | None) -> str:
    """MACs a second to three digits: `51.2 GMAC/s`; None is `-`."""
    return "-" if gmacs is None else f"{_digits(gmacs, 3)} GMAC/s"


def number(value: float, digits: int = 3) -> str:
    """A plain number to so many digits, whole ones kept: `4.75`, `1234`."""
    return _digits(value, digits)


def percent(share: float, places: int = 1) -> str:
    """A share between 0 and 1 as a percentage: `94.9%`."""
    return f"{100 * share:.{places}f}%"


def shape(sizes: tuple[int, ...] | None) -> str:
    """A tensor's shape: `1 x 32 x 112 x 112`."""
    return "?" if sizes is None else " x ".join(str(size) for size in sizes)


def short(count: int | None, digits: int = 4) -> str:
    """A count with an SI prefix: `300.8 M`, `486`; None is `?`."""
    return "?" if count is None else _scaled(count, _SI, digits)


def _scaled(count: int, steps: tuple[int, tuple[str, ...]], digits: int) -> str:
    """The count in the largest step that it fills once it is rounded; whole below the first step."""
    base, names = steps
    power = 0
    while power + 1 < len(names) and float(_digits(abs(count) / base**power, digits)) >= base:
        power += 1
    return f"{_digits(count / base**power, digits) if power else count} {names[power]}".strip()


def _digits(value: float, digits: int) -> str:
    rounded = float(f"{value:.{digits}g}")
    return f"{value:.{_places(abs(rounded), digits)}f}"


def _places(value: float, digits: int) -> int:
    """Decimal places that leave `digits` significant digits, without dropping whole ones."""
    return max(digits - 1 - math.floor(math.log10(value)), 0) if value else digits - 1
