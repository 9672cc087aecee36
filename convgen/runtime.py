"""Devices, memory and seeds."""

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn

Net = TypeVar("Net", bound=nn.Module)

_GLOBAL_STREAM = threading.Lock()
_KEPT_BYTES = 2**30
_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # of malloc.h


def pick_device() -> torch.device:
    """The fastest device of this machine: CUDA, Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def bfloat16_is_faster(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware; elsewhere it is emulated, and slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    # The names differ between versions of torch, and none of them is public.
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)


def channels_last(net: Net, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> Net:
    """The network itself, its kernels stored with channels last, where convolutions are faster.

    Args:
        device, dtype: that it is brought to; None stays as it is.
    """
    return net.to(device, dtype, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def keep_freed_memory() -> bool:
    """Let the next tensors have the memory of those before them, up to 1 GiB, instead of giving it back in between.

    What the system hands out it clears page by page, which on a CPU takes up to half of the time of a picture of 1024
    pixels. For programs to call once, before they start threads.

    Returns:
        whether the C library knows how: glibc does.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    settings = {_MMAP_MAX: 0, _TRIM_THRESHOLD: _KEPT_BYTES, _ARENA_MAX: 1}
    return mallopt is not None and all(mallopt(name, value) for name, value in settings.items())


def seeded_generator(seed: int) -> torch.Generator:
    """A random stream of its own on the CPU, so that every device draws the same numbers.

    Raises:
        ValueError: seed is not a whole number in [0, 2^63).
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ValueError(f"seed must be a whole number from 0 to 2^63 - 1, got {seed!r}")
    return torch.Generator().manual_seed(seed)


@contextmanager
def seeded_layers(seed: int) -> Iterator[None]:
    """Build layers under a local seed; the global stream is as it was before, also for other threads."""
    generator = seeded_generator(seed)
    with _GLOBAL_STREAM, torch.random.fork_rng(devices=[]):
        torch.random.set_rng_state(generator.get_state())
        yield


def uniform_noise(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Noise from U(0, 1) of the given shape, float32 on the CPU."""
    return torch.rand(shape, generator=generator)
