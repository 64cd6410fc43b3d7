"""FeatureExplorer: every layer of a network on a photo of your own, which a button takes in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np
from torch import Tensor, nn

from mobiviz import units
from mobiviz.engine import watch
from mobiviz.images import denormalise, image
from mobiviz.images.decode import rgb_file
from mobiviz.meters import Features
from mobiviz.record import Record
from mobiviz.widgets import PathDown


class FeatureExplorer(ipywidgets.VBox):
    """The way down a network with all its maps, on a photo that can be changed by a button.

    Where no kernel runs, six layers of the first photo stay. `photo` is what `mv.image` takes, or a batch of one, whose
    size uploads then have too.
    """

    def __init__(
        self,
        net: nn.Module,
        photo: Any = "cat",
        size: int | None = None,
        layers: Sequence[str] | None = None,
        classes: Sequence[str] = (),
        max_bytes: int = 160 * 2**20,
    ) -> None:
        size = size or (photo.shape[-1] if isinstance(photo, Tensor) else 224)
        self._net, self._size, self._classes, self._max = net, size, tuple(classes), max_bytes
        batch = photo if isinstance(photo, Tensor) else image(photo, size)
        record, shown = self._watched(batch)
        self.picture = PathDown(record, shown, layers, view="maps", live=True)
        self.upload = ipywidgets.FileUpload(accept="image/*", multiple=False, description="a photo of your own")
        self.upload.layout.width = "auto"
        self.says = ipywidgets.Label(self._answer(record, photo if isinstance(photo, str) else "this photo"))
        self.upload.observe(self._taken, "value")
        super().__init__([ipywidgets.HBox([self.upload, self.says]), self.picture])

    def _watched(self, batch: Tensor) -> tuple[Record, np.ndarray | None]:
        shown = denormalise(batch) if batch.ndim == 4 and batch.shape[:2] == (1, 3) else None
        return watch(self._net, batch, Features(self._max)), shown

    def _taken(self, _: object) -> None:
        """Look at the photo that was uploaded; one that cannot be read changes nothing and is said why."""
        if not self.upload.value:
            return
        file = self.upload.value[-1]
        try:
            picture = rgb_file(io.BytesIO(bytes(file["content"])), about=round(self._size * 256 / 224))
            record, shown = self._watched(image(picture, self._size))
        except (ValueError, OSError) as error:
            self.says.value = f"{file['name']} stays out: {error}"
            return
        self.picture.show(record, shown)
        self.says.value = self._answer(record, file["name"])

    def _answer(self, record: Record, name: str) -> str:
        """What the network says, where it says one of several classes."""
        out = record[""].output if "" in record else None
        if out is None or out.ndim != 2 or len(out) != 1 or out.shape[1] < 2:
            return name
        odds = np.exp(out[0].astype(np.float64) - out.max())
        best = int(odds.argmax())
        what = self._classes[best] if best < len(self._classes) else f"class {best}"
        return f"{name}: the network says {what}, {units.percent(float(odds[best] / odds.sum()))}"

    def _repr_mimebundle_(self, **given: Any) -> Any:
        bundle = super()._repr_mimebundle_(**given)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return dict(data or {}) | {"image/svg+xml": self.picture.poster(), "text/plain": repr(self.picture)}
