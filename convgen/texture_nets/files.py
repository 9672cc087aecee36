"""A visitor's net as a file: safetensors with the network's arguments in its header."""

import json
from pathlib import Path

from convgen.texture_nets.network import TextureNetV1
from convgen.visitors_files import NOT_OURS, filled, read_tensors, write_net

MAX_WIDTH, MAX_DEPTH, MAX_SCALES = 256, 8, 6
FINEST = 32
"""Channels at the finest scale; a coarser one may have four times as many, which take as much memory."""
FORMAT = "convgen.texture_nets.TextureNetV1"
WHAT = "a texture network"


def save_net(net: TextureNetV1, path: Path) -> None:
    """Write a net, in half precision, with the arguments that build it, so that `load_net` can read it."""
    write_net(net, path, kind=FORMAT, arguments=net.arguments)


def load_net(path: Path) -> TextureNetV1:
    """A net that `save_net` wrote, in evaluation mode, on the CPU in float32.

    Raises:
        ValueError: the file is too large, no safetensors, not a net of ours, incomplete, or not finite: one sentence.
    """
    facts, tensors = read_tensors(path, kind=FORMAT, what=WHAT)
    return filled(_built(facts.get("arguments", "")), tensors)


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
        raise ValueError(NOT_OURS.format(WHAT)) from error
