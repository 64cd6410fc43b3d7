"""Two answers side by side: whether they are equal, how they differ in words, and how a value reads."""

from typing import Any

import numpy as np

_NUMBER = (bool, int, float, complex, np.number, np.bool_)


def difference(got: Any, want: Any, tolerance: float = 0) -> str | None:
    """How `got` differs from `want`, in words; None where they are equal within `tolerance`."""
    if got is None and want is not None:
        return "It returns None: is a return missing?"
    if isinstance(want, dict):
        return _dict_difference(got, want, tolerance)
    if isinstance(want, (set, frozenset)):
        return _set_difference(got, want)
    if want is None or isinstance(want, (str, bool, np.bool_)):
        same = type(got) is type(want) or (isinstance(got, (bool, np.bool_)) and not isinstance(want, str))
        return None if same and got == want else f"It is {short(got)}; it should be {short(want)}."
    if isinstance(want, (list, tuple)) and not _numeric(want):
        return _sequence_difference(got, want, tolerance)
    return _array_difference(got, want, tolerance)


def holds_ellipsis(value: Any) -> bool:
    """Whether a value is `...`, or a dict, list or tuple with `...` somewhere in it: not written yet."""
    if isinstance(value, dict):
        return any(holds_ellipsis(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(holds_ellipsis(item) for item in value)
    return value is Ellipsis


def drawable(got: Any, want: Any) -> bool:
    """Whether a picture of both says more than words: two counts, or two arrays of one shape."""
    if any(isinstance(value, (str, set, dict)) or value is None for value in (got, want)):
        return False
    a, b = array(got), array(want)
    if a is None or b is None or a.shape != b.shape or not a.size or "c" in a.dtype.kind + b.dtype.kind:
        return False
    counts = all(found.dtype.kind != "b" and 0 <= found < 1e300 for found in (a, b)) if not a.ndim else False
    return bool(a.ndim or counts)


def array(value: Any) -> np.ndarray | None:
    """A number, sequence or tensor as a numpy array; None where it is none of these."""
    if hasattr(value, "detach"):  # a tensor, without importing torch
        value = value.detach().cpu()
    try:
        found = np.asarray(value)
    except Exception:
        return None
    return found if found.dtype.kind in "biufc" else None


def short(value: Any, room: int = 300) -> str:
    """A value as a learner reads it: small arrays in full, large ones by their shape."""
    found = None if isinstance(value, (str, set, frozenset, dict, *_NUMBER)) else array(value)
    if isinstance(value, (bool, np.bool_)) or value is None:
        text = str(value)
    elif isinstance(value, (int, np.integer)):
        text = f"{int(value):,}" if abs(int(value)) >= 10_000 else str(int(value))
    elif isinstance(value, (float, np.floating)):
        text = _float_text(float(value))
    elif found is not None and not isinstance(value, (list, tuple)):
        text = _array_text(found)
    elif isinstance(value, (set, frozenset)):
        text = "{" + ", ".join(sorted(map(repr, value))) + "}" if value else "an empty set"
    elif isinstance(value, dict):
        text = ", ".join(f"{key}: {short(item, 80)}" for key, item in value.items())
    elif isinstance(value, (list, tuple)):
        text = ", ".join(short(item, 80) for item in value)
        text = f"[{text}]" if isinstance(value, list) else f"({text},)" if len(value) == 1 else f"({text})"
    elif type(value).__repr__ is object.__repr__ or callable(value):  # their repr holds an address
        text = f"a {type(value).__name__}"
    else:
        text = repr(value)
    return text if len(text) <= room else text[: room - 1] + "…"


def _float_text(value: float) -> str:
    if not value.is_integer():
        return f"{value:.6g}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.1f}"  # 3.0 tells a float from a count


def _numeric(value: Any) -> bool:
    return len(value) > 0 and array(value) is not None


def _array_text(found: np.ndarray) -> str:
    if found.ndim == 0:
        return short(found.item())
    if found.size > 64:
        return f"an array of shape {found.shape}"
    if found.size > 16:  # one line a row
        return np.array2string(found, separator=", ", precision=4, suppress_small=True, max_line_width=90)
    return "[" + ", ".join(_array_text(row) for row in found) + "]"


def _dict_difference(got: Any, want: dict, tolerance: float) -> str | None:
    if not isinstance(got, dict):
        return f"It is {short(got)}; it should be {short(want)}."
    said = {key: f"It has no {key}." for key in want if key not in got}
    said |= {key: difference(got[key], value, tolerance) for key, value in want.items() if key in got}
    said = [f"{key}: {said[key]}" if key in got else said[key] for key in want if said[key]]
    extra = [str(key) for key in got if key not in want]
    return _first_two(said + [f"It has {', '.join(extra)} too, which should not be there."] * bool(extra))


def _first_two(said: list[str]) -> str | None:
    more = f" {len(said) - 2} more {'differs' if len(said) == 3 else 'differ'}." if len(said) > 2 else ""
    return " ".join(said[:2]) + more if said else None


def _set_difference(got: Any, want: set | frozenset) -> str | None:
    if not isinstance(got, (set, frozenset)):
        return f"It is {short(got)}; it should be a set of {len(want)}."
    missing, extra = want - got, got - want
    words = [f"{len(missing)} missing"] * bool(missing) + [f"{short(extra, 120)} not part of it"] * bool(extra)
    return f"Of {len(want)}: {', '.join(words)}." if words else None


def _sequence_difference(got: Any, want: list | tuple, tolerance: float) -> str | None:
    if not isinstance(got, (list, tuple)):
        return f"It is {short(got)}; it should be a {type(want).__name__} of {len(want)}."
    if len(got) != len(want):
        return _lengths(got, want)
    both = enumerate(zip(got, want, strict=True))
    return _first_two([_item(i, a, b, words) for i, (a, b) in both if (words := difference(a, b, tolerance))])


def _lengths(got: Any, want: Any) -> str:
    return f"It has {len(got)} item{'s' * (len(got) != 1)}; it should have {len(want)}."


def _item(i: int, got: Any, want: Any, words: str) -> str:
    """One item that differs: both in full where they are short, else in what."""
    got, want = short(got), short(want)
    place = f"Item {i} (counted from 0)"
    return f"{place} is {got}; it should be {want}." if got != want and len(got + want) < 80 else f"{place}: {words}"


def _array_difference(got: Any, want: Any, tolerance: float) -> str | None:
    a, b = array(got), array(want)
    if b is None:
        return None if got == want else f"It is {short(got)}; it should be {short(want)}."
    if a is None:
        return f"It is {short(got)}; it should be " + ("a number." if b.ndim == 0 else f"an array of shape {b.shape}.")
    if isinstance(want, (list, tuple)) and a.ndim == b.ndim == 1 and len(a) != len(b):
        return _lengths(got, want)
    if a.shape != b.shape:
        return f"Its shape is {a.shape}; it should be {b.shape}."
    if b.dtype.kind in "iu" and b.ndim == 0 and a.dtype.kind == "f" and a == b:
        return "The value is right, but it is a float. A count is a whole number: // divides to one."
    equal = np.isclose(a, b, rtol=tolerance, atol=tolerance) if tolerance else a == b
    if equal.all():
        return None
    if b.ndim == 0:
        return f"It is {short(a.item())}; it should be {short(b.item())}."
    place = tuple(int(i) for i in np.argwhere(~equal)[0])
    if isinstance(want, (list, tuple)) and b.ndim == 1:
        return _item(*place, a[place], b[place], "It differs.")
    at = ", ".join(map(str, place))
    return f"At [{at}] it is {short(a[place])}; it should be {short(b[place])}."
