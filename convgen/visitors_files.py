"""Safetensors files that visitors bring: the header says what they are, and nothing in them is trusted."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from convgen.runtime import Net

MAX_BYTES = 8_000_000
KINDS = {torch.float16, torch.bfloat16, torch.float32}
NOT_OURS = "This file is not {} of this app; choose a .safetensors file that was downloaded here."


def write_net(net: nn.Module, path: Path, *, kind: str, arguments: Mapping[str, Any]) -> None:
    """Write a net in half precision, with the name of its kind and the arguments that build it."""
    tensors = {key: value.detach().half().cpu().contiguous() for key, value in net.state_dict().items()}
    save_file(tensors, path, metadata={"format": kind, "arguments": json.dumps(dict(arguments))})


def read_tensors(path: Path, *, kind: str, what: str) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The header and the tensors of a file.

    Args:
        kind: "format" of its header.
        what: such a file holds, with its article: "a texture network".
    Raises:
        ValueError: the file is too large, no safetensors, or of another kind: one sentence.
    """
    if Path(path).stat().st_size > MAX_BYTES:
        raise ValueError(f"This file is too large for {what}: at most {MAX_BYTES // 1_000_000} MB.")
    try:
        with safe_open(path, "pt") as file:
            facts = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(
            "This file is damaged, or it is not a safetensors file: choose one that was downloaded here."
        ) from error
    if facts.get("format") != kind:
        raise ValueError(NOT_OURS.format(what))
    return facts, tensors


def filled(net: Net, tensors: Mapping[str, Tensor]) -> Net:
    """The net with these weights, in evaluation mode.

    Raises:
        ValueError: they are not those of this net, or not finite: one sentence.
    """
    own = net.state_dict()
    shapes = [{key: value.shape for key, value in held.items()} for held in (tensors, own)]
    if shapes[0] != shapes[1] or not {value.dtype for value in tensors.values()} <= KINDS:
        raise ValueError("This file does not hold the weights that its header announces.")
    if not all(torch.isfinite(value).all() for value in tensors.values()):
        raise ValueError("This file holds weights that are not finite numbers.")
    net.load_state_dict(tensors)
    return net.eval().requires_grad_(False)
