"""A visitor's net as a file: safetensors with the network's arguments in its header."""

import json
from pathlib import Path

from convgen.stylenet.network import StyleNet
from convgen.visitors_files import NOT_OURS, filled, read_tensors, write_net

FORMAT, WHAT = "convgen.stylenet.StyleNet", "a style's network"


def save_net(net: StyleNet, path: Path) -> None:
    """Write a net, in half precision, with the arguments that build it, so that `load_net` can read it."""
    write_net(net, path, kind=FORMAT, arguments=net.arguments)


def load_net(path: Path) -> StyleNet:
    """A net that `save_net` wrote, in evaluation mode, on the CPU in float32.

    Raises:
        ValueError: the file is too large, no safetensors, not a net of ours, incomplete, or not finite: one sentence.
    """
    facts, tensors = read_tensors(path, kind=FORMAT, what=WHAT)
    net = StyleNet()  # of one shape: what bounds its cost
    try:
        same = json.loads(facts.get("arguments", "")) == net.arguments
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise ValueError(NOT_OURS.format(WHAT))
    return filled(net, tensors)
