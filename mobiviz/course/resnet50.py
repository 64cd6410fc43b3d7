"""The 53 convolutions of ResNet-50 at 224 x 224, as rows that an exercise can count: no torch."""

from typing import NamedTuple


class Conv(NamedTuple):
    """One convolution: its channels, its k x k kernel, and the side of its square output."""

    name: str
    c_in: int
    c_out: int
    k: int
    out: int


def convs() -> list[Conv]:
    """The convolutions in the order in which they run, under their names in torchvision.

    Source: He et al. 2015, Table 1, with the stride in the 3x3 as in every current implementation.
    """
    rows, c_in, side = [Conv("conv1", 3, 64, 7, 112)], 64, 56
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), 1):
        out = 56 >> (stage - 1)
        for block in range(blocks):
            path = f"layer{stage}.{block}"
            rows.append(Conv(f"{path}.conv1", c_in, width, 1, side))
            rows.append(Conv(f"{path}.conv2", width, width, 3, out))
            rows.append(Conv(f"{path}.conv3", width, 4 * width, 1, out))
            if block == 0:
                rows.append(Conv(f"{path}.downsample.0", c_in, 4 * width, 1, out))
            c_in, side = 4 * width, out
    return rows
