"""What a check looks at in a learner's torch module: sizes of its weights, its MACs, and what it puts out."""

from typing import Any


def seen(module: Any, x: Any) -> Any:
    """Sizes, MACs and, with weights set from a seed in the order in which its layers run, the output for x.

    What is no module yet (`...` or None, also as its output) is handed through.
    Raises: TypeError for a value that is no module.
    """
    import torch
    from torch import nn

    from mobiviz.engine import watch
    from mobiviz.meters import Compute

    if module is Ellipsis or module is None:
        return module
    if not isinstance(module, nn.Module):
        raise TypeError(f"this should be a torch module; it is a {type(module).__name__}")
    with torch.no_grad():
        y = module.eval()(x)
        if y is Ellipsis or y is None:
            return y
        record, named = watch(module, x, Compute()), dict(module.named_modules())
        _set_weights([named[call.path] for call in record])
        y = module(x)
    sizes = sorted(tuple(parameter.shape) for parameter in module.parameters())
    shape = tuple(y.shape)
    return {"shapes of the parameters": sizes, "shape": shape, "MACs": record.total.macs, "output": y.numpy()}


def _set_weights(layers: list) -> None:
    import torch
    from torch import nn

    random = torch.Generator().manual_seed(0)
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
            for parameter in layer.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=random))
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.fill_(0.1)
