"""The page that runs the bundled MobileNetV2 on the reader's own photo, in the browser: its words and its network.

The network is a list of plain steps and one block of numbers, in a script file: a page opened from disk may load
scripts and nothing else.
"""

import base64
import json
from pathlib import Path

import numpy as np
from torch import nn

from mobiviz import assets, images, weights
from mobiviz.blocks import ConvBN, InvertedResidual
from mobiviz.course.web.shell import Document
from mobiviz.nets import MobileNet
from mobiviz.plot.palette import map_colour
from mobiviz.tables import V2

FILE, ALPHA, SIZE = "cifar10_v2_05", 0.5, 128
SCRIPTS = ("executor.js", "pixels.js", "photo.js")

_MAIN = """<h1>Your own photo</h1>
<p>This page holds the whole network: MobileNetV2 at alpha 0.5, {params:,} parameters. It runs here, in your browser.
The photo stays on your device; the page has nobody to send it to.</p>
<p>It was trained on ten things and knows no others: {classes}. Of {photos:,} photos it had never seen, it got
{share:.0%} right. Show it anything else and it still answers with one of the ten. The cat that you see first is
larger than any cat it was trained on.</p>
<noscript><p>Running a network needs JavaScript.</p></noscript>
<div class="photo" id="photo">
<div class="asked"><p class="choose"><label for="file">Choose a photo</label>
<input id="file" type="file" accept="image/*"></p>
<figure><canvas id="seen" width="{size}" height="{size}" role="img"
aria-label="The photo as the network sees it"></canvas>
<figcaption>What it sees: the middle, {size} × {size} pixels</figcaption></figure></div>
<div class="answer"><h2 id="answer">Its answer</h2><p id="said" role="status">Starting…</p>
<table class="classes"><thead><tr>
<th scope="col">class</th><th scope="col">share</th><th scope="col">logit</th></tr></thead>
<tbody id="classes"></tbody></table></div></div>
<h2 id="maps-of-a-layer">What each layer makes of it</h2>
<p class="controls"><label>Layer <select id="layer"></select></label>
<label>Brightness <select id="scale"><option value="shared">one scale for all maps</option>
<option value="own">a scale for each map</option></select></label></p>
<figure><canvas id="maps" role="img"></canvas><figcaption id="about"></figcaption></figure>
<h2 id="how">How it is computed</h2>
<p>With plain loops, in <a href="assets/executor.js">one file that you can read</a>: convolutions, additions, a mean and
a matrix product. Every batch norm is folded into the convolution before it. The photo is shrunk as Pillow does it, so
the answer is the one that Python gives, to a relative difference of 1e-4.</p>
<img id="sample" alt="" hidden src="data:image/jpeg;base64,{sample}">"""


def document() -> Document:
    """The page, opening with the sample cat."""
    card = json.loads(assets.data("weights", f"{FILE}.json").read_text(encoding="utf-8"))
    score = next(one for one in card["scores"] if one["size"] == SIZE)
    net, names = network()
    main = _MAIN.format(
        params=sum(each.numel() for each in net.parameters()),
        classes=", ".join(names),
        photos=score["photos"],
        share=score["right"] / score["photos"],
        size=SIZE,
        sample=base64.b64encode(assets.data("photos", "cat.jpg").read_bytes()).decode(),
    )
    scripts = tuple(f"assets/{name}" for name in ("network.js", *SCRIPTS))
    return Document("photo.html", "Your own photo", main, scripts=scripts, kind="photo-page")


def network() -> tuple[MobileNet, list[str]]:
    """The bundled network in eval mode, and the names of its classes."""
    names = weights.about(assets.data("weights", f"{FILE}.safetensors"))["classes"]
    return weights.load(MobileNet(V2, ALPHA, num_classes=len(names)), "cifar10").eval(), names


def write_network(out: Path) -> None:
    """Write the page's scripts and `assets/network.js`: steps, numbers, and how a photo is prepared."""
    net, names = network()
    steps, numbers = plain_steps(net)
    known = {
        "classes": names,
        "size": SIZE,
        "shorter": round(SIZE * 256 / 224),
        "mean": images.MEAN,
        "std": images.STD,
        "colours": [map_colour(at / 64 - 1) for at in range(129)],
        "steps": steps,
        "numbers": base64.b64encode(numbers.astype("<f4").tobytes()).decode(),
    }
    text = f"window.mobivizNetwork = {json.dumps(known, separators=(',', ':'))};\n"
    out.joinpath("assets", "network.js").write_text(text, encoding="utf-8", newline="\n")
    for name in SCRIPTS:
        code = Path(__file__).with_name(name).read_text(encoding="utf-8")
        out.joinpath("assets", name).write_text(code, encoding="utf-8", newline="\n")


def plain_steps(net: MobileNet) -> tuple[list[dict], np.ndarray]:
    """The network as steps that each name the earlier results they read (-1 is the photo), and all their numbers."""
    maker = _Steps()
    for path, part in net.fold().features.named_children():
        maker.part(f"features.{path}", part)
    maker.add("mean", "pool", [maker.last])
    linear = next(one for one in net.classifier if isinstance(one, nn.Linear))
    maker.add("linear", "classifier", [maker.last], linear, out=linear.out_features)
    return maker.steps, np.concatenate(maker.numbers)


class _Steps:
    """Steps in the order in which they run, and their numbers one after the other."""

    def __init__(self) -> None:
        self.steps, self.numbers, self.size = [], [], 0

    @property
    def last(self) -> int:
        return len(self.steps) - 1

    def add(self, op: str, path: str, reads: list[int], module: nn.Module | None = None, **facts: object) -> None:
        step = {"op": op, "path": path, "reads": reads, **facts}
        for name in ("weight", "bias") if module else ():
            values = getattr(module, name).detach().numpy().ravel()
            step[name] = [self.size, values.size]
            self.numbers.append(values)
            self.size += values.size
        self.steps.append(step)

    def part(self, path: str, part: nn.Module) -> None:
        start = self.last
        if isinstance(part, ConvBN):
            self.conv(path, part)
        elif isinstance(part, InvertedResidual) and part.se is None:
            for name in ("expand", "depthwise", "project"):
                if getattr(part, name) is not None:
                    self.conv(f"{path}.{name}", getattr(part, name))
            if part.skip:
                self.add("add", path, [start, self.last])
        else:
            raise TypeError(f"{path} must be a ConvBN or a V2 block (got {type(part).__name__})")

    def conv(self, path: str, module: ConvBN) -> None:
        conv = module.conv
        facts = {"out": conv.out_channels, "k": conv.kernel_size[0], "stride": conv.stride[0]}
        facts |= {"pad": conv.padding[0], "groups": conv.groups, "relu6": hasattr(module, "act")}
        self.add("conv", path, [self.last], conv, **facts)
