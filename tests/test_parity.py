"""The same networks as everyone's: torchvision's and Keras's random parameters give the same outputs in ours."""

import pytest
import torch
from torch import nn

import mobiviz as mv
from mobiviz import nets, peers, weights
from mobiviz.nets import MobileNet
from mobiviz.weights import sources

TORCHVISION = {
    "mobilenet_v3_small": lambda: MobileNet(mv.V3_SMALL),
    "mobilenet_v3_large": lambda: MobileNet(mv.V3_LARGE),
    "mobilenet_v2": lambda: MobileNet(mv.V2),
    "resnet50": nets.ResNet50,
    "vgg16": nets.VGG16,
}
KERAS = {
    "MobileNet": (mv.V1, (0.25, 0.75)),
    "MobileNetV2": (mv.V2, (0.35, 1.4)),
    "MobileNetV3Small": (mv.V3_SMALL, (0.75, 1.0)),
    "MobileNetV3Large": (mv.V3_LARGE, (0.75, 1.0)),
}
SIZES = (161, 224)
QUICK = {("mobilenet_v3_small", 161), ("MobileNet", 0.25, 161), ("MobileNetV3Small", 0.75, 161)}


def cases(every):
    """Each case as pytest's; all but a few only with --slow."""
    return [pytest.param(*case, marks=[] if case in QUICK else [pytest.mark.slow]) for case in every]


def needed(library):
    try:
        return library()
    except ImportError as error:
        pytest.skip(f"NO {library.__name__.upper()}: {error}")


@pytest.fixture(scope="module")
def torchvision():
    return needed(peers.torchvision)


@pytest.fixture(scope="module")
def keras():
    return needed(peers.keras)


def agree(ours, theirs, within):
    """Equal relative to the largest output, which must be neither tiny nor the same for both pictures."""
    largest = theirs.abs().max()
    assert largest > 0.05
    assert (theirs[0] - theirs[1]).abs().max() > 0.01 * largest
    assert (ours - theirs).abs().max() <= within * largest


def calibrated(model, draw):
    """torchvision's model in eval mode: batch norms drawn and then calibrated on noise, linear layers not tiny."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # a plain mean over all batches
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=draw)
            nn.init.normal_(module.bias, std=0.3, generator=draw)
        elif isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight, generator=draw)
            nn.init.normal_(module.bias, std=0.3, generator=draw)
    if any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
        model.train()(torch.randn(4, 3, 96, 96, generator=draw))
    return model.eval()


@pytest.mark.parametrize(("name", "size"), cases((name, size) for name in TORCHVISION for size in SIZES))
def test_torchvisions_parameters_give_torchvisions_outputs(torchvision, name, size):
    draw = torch.Generator().manual_seed(0)
    ours, x = TORCHVISION[name]().eval(), torch.randn(2, 3, size, size, generator=draw)
    with torch.no_grad():
        theirs = calibrated(getattr(torchvision.models, name)(weights=None), draw)
        weights.from_torchvision(ours, theirs.state_dict())
        agree(ours(x), theirs(x), 1e-5)


def calibrated_keras(model, size, draw):
    """Keras's model: batch norms drawn and then calibrated on noise, biases drawn."""
    for layer in model.layers:
        values = layer.get_weights()
        norm = len(values) == 4  # gamma, beta, mean, variance
        if norm:
            layer.momentum = 0.0  # the statistics of one batch
            values[0] = torch.empty(values[0].shape).uniform_(0.5, 1.5, generator=draw).numpy()
        if norm or len(values) == 2:
            values[1] = torch.empty(values[1].shape).normal_(std=0.3, generator=draw).numpy()
        layer.set_weights(values)
    model(torch.rand(4, size, size, 3, generator=draw) * 2 - 1, training=True)
    return model


def built(keras, name, alpha, size):
    """Keras's model for one size of picture: told none, its V2 and V3 pad odd maps as if they were even."""
    extra = {"include_preprocessing": False} if "V3" in name else {}
    build = getattr(keras.applications, name)
    return build((size, size, 3), alpha=alpha, weights=None, classifier_activation=None, **extra)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "alpha", "size"),
    cases((name, alpha, size) for name, (_, alphas) in KERAS.items() for alpha in alphas for size in SIZES),
)
def test_keras_parameters_give_keras_outputs(keras, tmp_path, name, alpha, size):
    draw = torch.Generator().manual_seed(0)
    keras.utils.set_random_seed(0)
    with torch.no_grad():
        theirs = calibrated_keras(built(keras, name, alpha, size), size, draw)
    ours = [MobileNet(KERAS[name][0], alpha, dialect="tf").eval() for _ in range(3)]
    weights.from_keras(ours[0], theirs)
    theirs.save(tmp_path / "x.h5")
    theirs.save_weights(tmp_path / "x.weights.h5")
    weights.from_keras(ours[1], tmp_path / "x.h5")
    weights.from_keras(ours[2], tmp_path / "x.weights.h5")
    x = torch.rand(2, 3, size, size, generator=draw) * 2 - 1
    with torch.no_grad():
        wanted = torch.as_tensor(keras.ops.convert_to_numpy(theirs(x.permute(0, 2, 3, 1), training=False)))
        agree(ours[0](x), wanted, 1e-4)
    state = ours[0].state_dict()
    for other in ours[1:]:
        assert all(torch.equal(value, state[key]) for key, value in other.state_dict().items())
    other = weights.to_keras(ours[0], built(keras, name, alpha, size))
    assert all((a == b).all() for a, b in zip(theirs.get_weights(), other.get_weights(), strict=True))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_to_keras_refuses_what_does_not_fit_and_leaves_the_model_alone(keras):
    model = built(keras, "MobileNetV3Small", 0.75, 64)
    before = model.get_weights()
    for net, words in (
        (MobileNet(mv.V3_SMALL, 0.75), "dialect='tf'"),
        (MobileNet(mv.V2, 0.75, dialect="tf"), "tensors, this network"),
        (MobileNet(mv.V3_SMALL, 1.0, dialect="tf"), "of Keras has the shape"),
    ):
        with pytest.raises(ValueError, match=words):
            weights.to_keras(net, model)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_a_library_that_is_missing_is_named_with_its_command(monkeypatch):
    monkeypatch.setattr(peers.importlib.util, "find_spec", lambda name: None)
    for library in (peers.torchvision, peers.keras):
        with pytest.raises(ImportError, match=f"python -m pip install {library.__name__}"):
            library()


@pytest.mark.slow
def test_where_keras_v3_leaves_the_table_the_error_says_so(keras):
    for name, alpha, words in (
        ("MobileNetV3Large", 0.5, r"conv/kernel \(weight, 16x3x3x3\) has another shape than features.0.conv.weight"),
        ("MobileNetV3Small", 0.6, r"conv_1/kernel \(weight, 336x56x1x1\) has another shape than features.12.conv.w"),
    ):
        with pytest.raises(ValueError, match=words):
            weights.from_keras(MobileNet(KERAS[name][0], alpha, dialect="tf"), built(keras, name, alpha, 64))


def test_torchvisions_addresses_are_the_ones_it_states(torchvision):
    for name, make in TORCHVISION.items():
        theirs = torchvision.models.get_model_weights(name).IMAGENET1K_V1
        with torch.device("meta"):
            ours = sources.official(make(), 224)
        assert theirs.url == ours.url, name
        assert theirs.url.endswith(f"-{ours.checksum}.pth")


@pytest.mark.slow
def test_keras_addresses_are_the_ones_it_asks_for(keras, monkeypatch):
    from keras.src.applications import mobilenet, mobilenet_v2, mobilenet_v3

    class Asked(Exception):
        pass

    def asked(fname, origin, cache_subdir, file_hash=""):
        raise Asked(origin, file_hash)

    for module in (mobilenet, mobilenet_v2, mobilenet_v3):
        monkeypatch.setattr(module.file_utils, "get_file", asked)
    names = {table.name: name for name, (table, _) in KERAS.items()}
    for file in sources._all():
        if file.dialect == "tf":
            build = getattr(keras.applications, names[file.architecture])
            with pytest.raises(Asked) as error:
                build((file.resolution, file.resolution, 3), alpha=file.alpha, weights="imagenet")
            assert error.value.args == (file.url, file.checksum)
