"""A call of a module while it runs: what the ledger, the meters and the pass write on."""

from __future__ import annotations

from typing import Any


class Frame:
    """One call of a module while it runs. What it has not of its own it has from the class: most calls do little."""

    type = ""
    in_shape: tuple[int, ...] | None = None
    out_shape: tuple[int, ...] | None = None
    macs: int | None = 0
    params = out_bytes = elementwise = norm = pool = read_bytes = write_bytes = 0
    unpriced: tuple[str, ...] = ()
    added = False
    began = ended = seconds = 0.0
    votes: dict[str, int] | None = None
    kept: dict[str, Any] | None = None
    origin: Any = None

    def __init__(self, module: Any, path: str, nth: int, se: bool) -> None:
        self.module, self.path, self.nth, self.se = module, path, nth, se

    def kind(self) -> str:
        """The kind of what the call did itself: that of its dearest product, where it had one."""
        if self.votes:
            return "se" if self.se else max(self.votes, key=self.votes.__getitem__)
        touched = self.norm or self.pool or self.elementwise
        if self.se and touched:
            return "se"
        return "map" if touched and not self.added and not self.unpriced else "other"
