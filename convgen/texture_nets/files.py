"""A visitor's net as a file: safetensors with the network's arguments in its header."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from convgen.texture_nets.network import TextureNetV1

MAX_BYTES = 8_000_000
MAX_WIDTH, MAX_DEPTH, MAX_SCALES = 256, 8, 6
FINEST = 32
"""Channels at the finest scale; a coarser one may have four times as many, which take as much memory."""
KINDS = {torch.float16, torch.bfloat16, torch.float32}
FORMAT = "convgen.texture_nets.TextureNetV1"
NOT_OURS = "This file is not a texture network of this app; choose a .safetensors file that was downloaded here."


def save_net(net: TextureNetV1, path: Path) -> None:
    """Write a net, in half precision, with the arguments that build it, so that `load_net` can read it."""
    tensors = {key: value.detach().half().cpu().contiguous() for key, value in net.state_dict().items()}
    save_file(tensors, path, metadata={"format": FORMAT, "arguments": json.dumps(net.arguments)})


def load_net(path: Path) -> TextureNetV1:
    """A net that `save_net` wrote, in evaluation mode, on the CPU in float32.

    Raises:
        ValueError: the file is too large, no safetensors, not a net of ours, incomplete, or not finite: one sentence.
    """
    if Path(path).stat().st_size > MAX_BYTES:
        raise ValueError(f"This file is too large for a texture network: at most {MAX_BYTES // 1_000_000} MB.")
    try:
        with safe_open(path, "pt") as file:
            facts = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError("This file is damaged, or it is not a safetensors file.") from error
    if facts.get("format") != FORMAT:
        raise ValueError(NOT_OURS)
    net = _built(facts.get("arguments", ""))
    own = net.state_dict()
    shapes = [{key: value.shape for key, value in held.items()} for held in (tensors, own)]
    if shapes[0] != shapes[1] or not {value.dtype for value in tensors.values()} <= KINDS:
        raise ValueError("This file does not hold the weights that its header announces.")
    if not all(torch.isfinite(value).all() for value in tensors.values()):
        raise ValueError("This file holds weights that are not finite numbers.")
    net.load_state_dict(tensors)
    return net.eval().requires_grad_(False)


def _built(text: str) -> TextureNetV1:
    """The net of the arguments in a header, within bounds, since a header can ask for anything."""
    try:
        arguments = json.loads(text)
        widths = [int(width) for width in arguments["widths"]]
        depths = [int(depth) for depth in arguments["depths"]]
        noise_width, drawn_width = int(arguments["noise_width"]), int(arguments["drawn_width"])
        scales, faithful = int(arguments["scales"]), bool(arguments["faithful"])
        most = [min(MAX_WIDTH, FINEST * 4**coarser) for coarser in range(len(widths))]
        if faithful:  # adds its one width at every scale, up to full resolution
            most = [2 * FINEST // max(1, scales)]
        within = all(1 <= n <= limit for n, limit in zip(reversed(widths), most, strict=False))
        within &= all(1 <= n <= MAX_DEPTH for n in depths) and all(1 <= n <= FINEST for n in (noise_width, drawn_width))
        if not (within and 1 <= scales <= MAX_SCALES):
            raise ValueError("out of bounds")
        return TextureNetV1(
            widths=widths,
            depths=depths,
            noise_width=noise_width,
            drawn_width=drawn_width,
            scales=scales,
            normalisation=arguments["normalisation"],
            whitening=bool(arguments.get("whitening", False)),
            faithful=faithful,
        )
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(NOT_OURS) from error
