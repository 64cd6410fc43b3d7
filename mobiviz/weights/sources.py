"""What torchvision and Keras publish: the address, file name and checksum of every official file that fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mobiviz.nets import MobileNet, Net
from mobiviz.tables import V1, V2, V3_LARGE, V3_SMALL

TORCHVISION = "https://download.pytorch.org/models/"
KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"

_TORCHVISION = {  # IMAGENET1K_V1; the eight digits are the first of the file's SHA-256
    "MobileNetV2": "mobilenet_v2-b0353104.pth",
    "MobileNetV3-Large": "mobilenet_v3_large-8738ca79.pth",
    "MobileNetV3-Small": "mobilenet_v3_small-047dcff4.pth",
    "VGG16": "vgg16-397923af.pth",
    "ResNet50": "resnet50-0676ba61.pth",
}
_KERAS_V1 = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}
_KERAS_V2 = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
_KERAS_V3 = {  # MD5, as Keras's code states it; it states none for V1 and V2
    ("large", 0.75): "765b44a33ad4005b3ac83185abf1d0eb",
    ("large", 1.0): "59e551e166be033d707958cf9e29a6a7",
    ("small", 0.75): "cb65d4e5be93758266aa0a7f2c6708b7",
    ("small", 1.0): "8768d4c2e7dee89b9d02b2d03d65d862",
}


@dataclass(frozen=True)
class Official:
    """A published file, and the network that it fits."""

    architecture: str
    url: str
    alpha: float = 1.0
    resolution: int = 224
    dialect: str = "torch"
    checksum: str = ""
    kind: str = "sha256"

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


def architecture(net: Net) -> str:
    """The name of the network: that of its table where the papers print it, else of its class."""
    if not isinstance(net, MobileNet):
        return type(net).__name__
    return next((table.name for table in (V1, V2, V3_LARGE, V3_SMALL) if table == net.table), "a table of your own")


def official(net: Net, resolution: int) -> Official:
    """The file for this network, trained at this resolution.

    Raises: ValueError saying what is published instead.
    """
    name, alpha, dialect = architecture(net), getattr(net, "alpha", 1.0), getattr(net, "dialect", "torch")
    family = [file for file in _all() if file.architecture == name]
    for file in family:
        if (file.alpha, file.resolution, file.dialect) == (alpha, resolution, dialect):
            classes = net.classifier[-1].out_features
            if classes != 1000:
                words = f"ImageNet has 1,000 classes (got a network with {classes})"
                raise ValueError(f"{words}; load into one with 1,000, then net.with_classes({classes})")
            return file
    asked = (
        f"nobody publishes ImageNet weights for {name} at alpha {alpha}, resolution {resolution}, dialect {dialect!r}"
    )
    raise ValueError(f"{asked}; published are {_words(family)}")


def _all() -> Iterator[Official]:
    for name, file in _TORCHVISION.items():
        yield Official(name, TORCHVISION + file, checksum=file.removesuffix(".pth").rsplit("-", 1)[-1])
    for alpha, text in _KERAS_V1.items():
        for size in (128, 160, 192, 224):
            yield Official(V1.name, f"{KERAS}mobilenet/mobilenet_{text}_{size}_tf.h5", alpha, size, "tf")
    stem = f"{KERAS}mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_"
    for alpha in _KERAS_V2:
        for size in (96, 128, 160, 192, 224):
            yield Official(V2.name, f"{stem}{alpha}_{size}.h5", alpha, size, "tf")
    for (size, alpha), md5 in _KERAS_V3.items():
        url = f"{KERAS}mobilenet_v3/weights_mobilenet_v3_{size}_224_{alpha}_float.h5"
        yield Official(f"MobileNetV3-{size.capitalize()}", url, alpha, 224, "tf", md5, "md5")


def _words(files: list[Official]) -> str:
    if not files:
        return ", ".join(dict.fromkeys(file.architecture for file in _all()))
    parts = []
    for dialect in dict.fromkeys(file.dialect for file in files):
        fit = [file for file in files if file.dialect == dialect]
        alphas, sizes = (
            ", ".join(f"{v:g}" for v in sorted({getattr(f, n) for f in fit})) for n in ("alpha", "resolution")
        )
        parts.append(f"dialect {dialect!r} with alpha {alphas} at resolution {sizes}")
    return " and ".join(parts)
