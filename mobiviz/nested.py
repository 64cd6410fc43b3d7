"""Values that hold tensors: nested tuples, lists, dicts and dataclasses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from torch import Tensor


def leaves(value: Any, name: str = "") -> dict[str, Tensor]:
    """The tensors in nested tuples, lists, dicts and dataclasses, by dotted name."""
    if isinstance(value, Tensor):
        return {name or "out": value}
    if isinstance(value, dict):
        items: Any = value.items()
    elif isinstance(value, (tuple, list)):
        items = zip(getattr(value, "_fields", range(len(value))), value, strict=True)
    elif is_dataclass(value) and not isinstance(value, type):
        items = ((item.name, getattr(value, item.name)) for item in fields(value))
    else:
        return {}
    found: dict[str, Tensor] = {}
    for key, part in items:
        found |= leaves(part, f"{name}.{key}" if name else str(key))
    return found


def shape(value: Any) -> tuple[int, ...] | None:
    """The shape of the first tensor in a value."""
    first = next(iter(leaves(value).values()), None)
    return None if first is None else tuple(first.shape)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same nest with each leaf changed."""
    if isinstance(value, dict):
        return type(value)((key, mapped(part, change)) for key, part in value.items())
    if isinstance(value, (tuple, list)):
        parts = [mapped(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{item.name: mapped(getattr(value, item.name), change) for item in fields(value)})
    return change(value)
