"""What one operation of the dispatcher costs, and what the engine has to know about it before it runs.

MACs are those of products: convolutions, linears, matrix products, attention, recurrent layers; padding's zeros and
masked positions included. Other work is counted in elements. An operation that no rule knows is `unknown`: its MACs are
None. A composite that no rule knows is taken apart into operations that one may.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor

Price = Callable[[Sequence[Any], Any], int]


class Plan(NamedTuple):
    """How to treat an operation: `work` is product, add, elementwise, norm, pool, move, view, unknown or composite."""

    op: Any
    name: str
    work: str
    price: Price | None = None
    tensors: tuple[int, ...] = ()
    writes: tuple[int | str, ...] = ()
    in_place: bool = False
    trains: bool = False  # a batch norm, which changes its statistics when told to train
    fresh: bool = False  # its result is one new tensor in memory of its own
    may_write: bool = False
    weighted: bool = False  # one map meets weights: a fresh product or norm

    def changes(self, args: Sequence[Any]) -> bool:
        """Whether the operation overwrites one of its arguments."""
        return bool(self.writes) or (self.trains and len(args) > 5 and bool(args[5]))


def _out(out: Any) -> Tensor:
    return out[0] if isinstance(out, (tuple, list)) else out


def _conv(args: Sequence[Any], out: Any) -> int:
    weight = args[1]
    return out.numel() * (weight.numel() // weight.shape[0])


def _transposed(args: Sequence[Any], out: Any) -> int:
    return args[0].numel() * (args[1].numel() // args[1].shape[0])


def _convolution(args: Sequence[Any], out: Any) -> int:
    return _transposed(args, out) if args[6] else _conv(args, out)


def _conv_tbc(args: Sequence[Any], out: Any) -> int:
    return out.numel() * prod(args[1].shape[:2])


def _product(args: Sequence[Any], out: Any) -> int:
    return out.numel() * args[0].shape[-1]


def _add_product(args: Sequence[Any], out: Any) -> int:
    return args[1].numel() * (args[2].shape[-1] if args[2].dim() > 1 else 1)


def _attention(args: Sequence[Any], out: Any) -> int:
    return (args[0].numel() + _out(out).numel()) * args[1].shape[-2]


def _recurrent(args: Sequence[Any], out: Any) -> int:
    """Each weight matrix meets each item of each step once; packed sequences carry only the steps that exist."""
    weights = args[3] if isinstance(args[1], Tensor) and isinstance(args[3], (tuple, list)) else args[2]
    return args[0].numel() // args[0].shape[-1] * sum(w.numel() for w in weights if w.dim() == 2)


def _cell(args: Sequence[Any], out: Any) -> int:
    return args[0].numel() // args[0].shape[-1] * (args[2].numel() + args[3].numel())


PRICES: dict[str, Price] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _transposed),
    **dict.fromkeys(("convolution", "_convolution", "convolution_overrideable"), _convolution),
    "conv_tbc": _conv_tbc,
    **dict.fromkeys(("linear", "matmul", "mm", "bmm", "mv", "dot", "vdot"), _product),
    **dict.fromkeys(("addmm", "addmv", "baddbmm", "addbmm"), _add_product),
    **dict.fromkeys(
        (
            "scaled_dot_product_attention",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_cudnn_attention",
            "_scaled_dot_product_attention_math",
        ),
        _attention,
    ),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
    **dict.fromkeys(("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"), _cell),
}
CONVOLUTIONS = {name for name in PRICES if "conv" in name}

_WORK = {
    "add": "add",
    "norm": """batch_norm native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training
        _batch_norm_impl_index cudnn_batch_norm miopen_batch_norm layer_norm native_layer_norm group_norm
        native_group_norm instance_norm rms_norm _fused_rms_norm _weight_norm _weight_norm_interface renorm""",
    "pool": """max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices
        max_pool3d_with_indices avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d
        adaptive_avg_pool3d _adaptive_avg_pool2d _adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
        adaptive_max_pool3d fractional_max_pool2d fractional_max_pool3d max_unpool2d max_unpool3d""",
    "elementwise": """hardswish glu prelu rrelu rrelu_with_noise softmax _softmax log_softmax _log_softmax
        dropout alpha_dropout feature_dropout feature_alpha_dropout native_dropout bernoulli multinomial
        sum mean std var var_mean std_mean amax amin aminmax max min argmax argmin any all prod norm
        linalg_vector_norm logsumexp nansum median mode count_nonzero cumsum cumprod cummax cummin logcumsumexp sort
        argsort topk kthvalue unique unique_consecutive _unique2 bincount histc searchsorted bucketize scatter_add
        scatter_reduce index_add index_reduce col2im upsample_nearest1d upsample_nearest2d upsample_nearest3d
        upsample_linear1d upsample_bilinear2d upsample_bicubic2d upsample_trilinear3d _upsample_nearest_exact1d
        _upsample_nearest_exact2d _upsample_nearest_exact3d _upsample_bilinear2d_aa _upsample_bicubic2d_aa
        grid_sampler_2d grid_sampler_3d affine_grid_generator outer addr clamp where masked_fill relu6 selu""",
    "move": """cat stack hstack vstack clone contiguous copy _copy_from to _to_copy type_as index index_select
        _unsafe_index gather take scatter index_put _index_put_impl index_copy index_fill masked_scatter
        masked_select embedding embedding_bag _embedding_bag constant_pad_nd pad reflection_pad1d reflection_pad2d
        reflection_pad3d replication_pad1d replication_pad2d replication_pad3d roll flip fliplr flipud rot90 repeat
        repeat_interleave tile im2col pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle tril triu
        nonzero one_hot fill zero set resize_ resize_as_ item _local_scalar_dense is_nonzero equal allclose
        isfinite empty_like zeros_like ones_like full_like rand_like randn_like randint_like new_empty new_zeros
        new_ones new_full random normal uniform exponential lift_fresh lift _assert_async _assert_scalar
        _pack_padded_sequence _pad_packed_sequence _nested_tensor_from_mask""",
    "view": """flatten reshape view_as reshape_as unflatten squeeze ravel expand_as movedim moveaxis swapaxes
        swapdims chunk split split_with_sizes tensor_split hsplit vsplit dsplit unbind unsafe_chunk unsafe_split
        broadcast_to atleast_1d atleast_2d atleast_3d numpy_T mT mH adjoint narrow unsafe_split_with_sizes
        detach_ squeeze_ unsqueeze_ t_ transpose_ _reshape_alias resolve_conj resolve_neg""",
}
WORKS = {name: work for work, names in _WORK.items() for name in names.split()}
_FRESH = ("product", "norm", "add", "elementwise", "pool")
_BATCH_NORMS = ("batch_norm", "instance_norm", "native_batch_norm", "_batch_norm_impl_index")

plans: dict[int, Plan] = {}  # by the id of the operation, which its plan keeps alive: hashing one takes a Python call


def plan(op: Any) -> Plan:
    """The plan of an operation, worked out once."""
    found = plans.get(id(op))
    if found is None:
        found = plans[id(op)] = _make(op)
    return found


def written(plan: Plan, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Tensor]:
    """The tensors that an operation is about to overwrite."""
    if plan.in_place and len(plan.writes) == 1:
        return [args[0]] if isinstance(args[0], Tensor) else list(args[0])
    places = (3, 4) if plan.trains else plan.writes
    values = [args[at] if isinstance(at, int) and at < len(args) else kwargs.get(str(at)) for at in places]
    return [
        t for value in values for t in (value if isinstance(value, (tuple, list)) else [value]) if isinstance(t, Tensor)
    ]


def conv_kind(args: Sequence[Any], name: str) -> str:
    """standard, depthwise or pointwise, from the shapes of the map and the weight."""
    if name == "conv_tbc":
        return "standard"
    channels, weight = args[0].shape[1 - args[1].dim()], args[1]
    general = "convolution" in name
    if "transpose" in name or (general and args[6]):
        given = args[8:9] if general else args[6:7]
        groups = given[0] if given else 1
    else:
        groups = channels // weight.shape[1]
    return kernel_kind(groups, channels, weight.shape)


def kernel_kind(groups: int, channels: int, kernel: Sequence[int]) -> str:
    """standard, depthwise or pointwise, from the groups and channels that a kernel reads, and its shape."""
    if groups == channels > 1:
        return "depthwise"
    return "pointwise" if prod(kernel[2:]) == 1 else "standard"


def _make(op: Any) -> Plan:
    schema = op._schema
    full = schema.name.removeprefix("aten::")
    name = full if full in WORKS or full in PRICES else full.rstrip("_")
    changed = [a.alias_info is not None and a.alias_info.is_write for a in schema.arguments]
    spots = [a.name if a.kwarg_only else i for i, a in enumerate(schema.arguments)]
    writes = tuple(spot for spot, is_written in zip(spots, changed, strict=True) if is_written)
    work = _work(op, name, schema, bool(writes))
    tensors = tuple(i for i, a in enumerate(schema.arguments) if "Tensor" in str(a.type) and not a.kwarg_only)
    trains = name in _BATCH_NORMS
    fresh = not writes and work in _FRESH and [str(r.type) for r in schema.returns] == ["Tensor"]
    return Plan(
        op,
        name,
        work,
        PRICES.get(name),
        tensors,
        writes,
        in_place=bool(changed) and changed[0],
        trains=trains,
        fresh=fresh,
        may_write=trains or bool(writes),
        weighted=fresh and work in ("product", "norm") and tensors[:1] == (0,),
    )


def _work(op: Any, name: str, schema: Any, writes: bool) -> str:
    known = schema.name.startswith("aten::")
    if known and name in PRICES:
        return "product"
    if known and name in WORKS:
        return WORKS[name]
    if known and (torch.Tag.pointwise in op.tags or torch.Tag.reduction in op.tags):
        return "elementwise"
    if known and not writes and any(r.alias_info is not None for r in schema.returns):
        return "view"
    if op._can_decompose():
        return "composite"
    holds_tensor = [str(a.type) for a in schema.arguments if "Tensor" in str(a.type)]
    gives_tensor = any("Tensor" in str(r.type) for r in schema.returns)
    return "unknown" if holds_tensor and gives_tensor else "move"
