"""The loop: fit the network to one observed picture (Thesis Eq. 7.2)."""

import copy
import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from convgen import runtime
from convgen.deep_image_prior.network import SkipNet, SlimNet
from convgen.deep_image_prior.presets import Settings
from convgen.deep_image_prior.problems import (
    Problem,
    inpainting_energy,
    pre_image_energy,
    reconstruction_energy,
    super_resolution_energy,
)
from convgen.deep_image_prior.stopping import VarianceWatch
from convgen.images import psnr
from convgen.progress import Progress
from convgen.training.muon import muon_and_adam

INPUT_SCALE = 0.1
BACKTRACK_EVERY = 100
BACKTRACK_DB = 5.0


class Restorer:
    """A network fitted to one observed picture: Thesis Eq. 7.2, which puts the network in the place of R(x) in Eq. 7.1.

    The gradient steps are those of Eq. 7.4, with the data term of Eq. 7.5 or 7.6 where the task has it. `run` may be
    left and entered again.

    Args:
        problem: what was observed.
        settings: how to restore it (see presets).
        seed: the same seed gives the same pictures on the same device and number of threads.
        device: where to compute.
    Attributes:
        step: steps done so far.
        average: running average of the outputs, (1, C, H, W); where networks are restarted, the mean of the finished
            ones.
        suggested: the average where `VarianceWatch` saw the smallest variance, or None before that. Restarted networks
            are not watched: their learning rate falls to nothing and ends them.
        suggested_step: its step, or 0.
        stalled: whether automatic stopping would stop here.
    """

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        *,
        seed: int = 0,
        device: torch.device | str = "cpu",
        watch: bool = True,
    ):
        self.problem = problem
        self.settings = settings
        self.step = 0
        self.suggested: Tensor | None = None
        self.suggested_step = 0
        self._device = torch.device(device)
        self._observed = problem.observed.to(self._device)
        self._mask = None if problem.mask is None else problem.mask.to(self._device)
        self._target = None
        if problem.features is not None:
            with torch.no_grad():
                self._target = {k: v.detach() for k, v in problem.features(self._rgb(self._observed)).items()}
        self._seed = seed
        self._finished: list[Tensor] = []
        watch = watch and not settings.restart_every
        self._watch = VarianceWatch(window=settings.window, patience=settings.patience) if watch else None
        self._start()

    def _start(self) -> None:
        """A network with fresh weights, input and optimiser; the k-th has seed + k."""
        settings, seed = self.settings, self._seed + len(self._finished)
        self._input = network_input(self.problem, settings, seed=seed).to(
            self._device, memory_format=torch.channels_last
        )
        self._jitter = torch.Generator(self._device).manual_seed(seed + 1)
        with runtime.seeded_layers(seed):
            network = build_network(self.problem, settings, in_channels=self._input.shape[1])
        self._network = runtime.channels_last(network, self._device)
        self._optimisers = build_optimisers(self._network, settings)
        self._rates = [[group["lr"] for group in o.param_groups] for o in self._optimisers]
        self._started = self.step
        self._average: Tensor | None = None
        self._good: tuple[dict, list[dict]] | None = None
        self._last_psnr = -math.inf

    @property
    def average(self) -> Tensor | None:
        return torch.stack(self._finished).mean(0) if self._finished else self._average

    @property
    def stalled(self) -> bool:
        return self._watch is not None and self._watch.stalled

    @staticmethod
    def _rgb(image: Tensor) -> Tensor:
        return image.expand(-1, 3, -1, -1)

    def _forward(self) -> Tensor:
        z = self._input
        if self.settings.input_noise_std:
            batch, channels, height, width = z.shape
            noise = torch.empty(batch, height, width, channels, device=z.device)  # in memory as z is, drawn in one go
            noise.normal_(0, self.settings.input_noise_std, generator=self._jitter)
            z = z + noise.permute(0, 3, 1, 2)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.settings.bfloat16):
            x = self._network(z)
        return torch.sigmoid(x.float())

    def _energy(self, image: Tensor) -> Tensor:
        problem = self.problem
        if problem.task == "super_resolution":
            return super_resolution_energy(image, self._observed, problem.factor)
        if self._mask is not None:
            return inpainting_energy(image, self._observed, self._mask)
        if self._target is not None and problem.features is not None:
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self.settings.bfloat16):
                return pre_image_energy(self._rgb(image), self._target, problem.features)
        return reconstruction_energy(image, self._observed)

    def _descend(self) -> tuple[Tensor, float]:
        """One gradient step; the output before it and its energy."""
        image = self._forward()
        energy = self._energy(image)
        self._network.zero_grad(set_to_none=True)
        energy.backward()
        for optimiser in self._optimisers:
            optimiser.step()
        return image.detach(), energy.item()

    def _backtrack(self, output: Tensor) -> None:
        """Return to the last good weights when PSNR to the observed picture has fallen by 5 dB."""
        current = psnr(output, self._observed)
        if self._good is not None and current < self._last_psnr - BACKTRACK_DB:
            self._network.load_state_dict(self._good[0])
            for optimiser, state in zip(self._optimisers, self._good[1], strict=True):
                optimiser.load_state_dict(state)
            return
        self._last_psnr = current
        self._good = copy.deepcopy((self._network.state_dict(), [o.state_dict() for o in self._optimisers]))

    def _schedule(self, total: int) -> None:
        if self.settings.cosine:
            span = min(total, self.settings.restart_every or total)
            done = (self.step - self._started) / span
            factor = 1.0 if done < 0.5 else 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (2 * done - 1)))
            for optimiser, rates in zip(self._optimisers, self._rates, strict=True):
                for group, rate in zip(optimiser.param_groups, rates, strict=True):
                    group["lr"] = factor * rate

    @torch.no_grad()
    def finished(self, output: Tensor) -> Tensor:
        """A picture to show: on the CPU, in [0, 1], known pixels of an inpainting kept as observed."""
        if self._mask is not None:
            output = self._mask * self._observed + (1 - self._mask) * output
        return output.clamp(0, 1).cpu()

    @torch.no_grad()
    def _record(self, total: int, output: Tensor, energy: float) -> Progress:
        losses = {"energy": energy}
        image = self.finished(output)
        average = image if self.average is None else self.finished(self.average)
        if self.problem.truth is not None:
            losses["psnr"] = psnr(image, self.problem.truth)
            losses["psnr_average"] = psnr(average, self.problem.truth)
        if self._watch is not None and self._watch.variance is not None:
            losses["variance"] = self._watch.variance
        return Progress(self.step, total, image, losses, {"average": average})

    def run(self, total: int | None = None, *, every: int = 1) -> Iterator[Progress]:
        """Descend until `total` steps are done in all (default: the preset's), yielding every `every` steps.

        Yields:
            Progress with the current output as `image`, images["average"] beside it, and losses "energy" (Thesis
            Eq. 7.3, 7.5 or 7.6), "variance", and "psnr", "psnr_average" in dB where the truth is known. The last item
            is step `total`. Closing the generator keeps what was done: calling `run` again continues.
        """
        total = self.settings.steps if total is None else total
        restart_every = self.settings.restart_every
        while self.step < total:
            if restart_every and self.step - self._started == restart_every:
                self._start()
            self._schedule(total)
            output, energy = self._descend()
            self.step += 1
            done = self.step - self._started
            keep = min(self.settings.averaging, (done - 1) / (done + 4))  # the first outputs are soon forgotten
            self._average = output if self._average is None else output.lerp(self._average, keep)
            if done == restart_every:
                self._finished.append(self._average)
            if self._watch is not None and self._watch.update(output):
                self.suggested, self.suggested_step = self._average, self.step
            if self.settings.backtrack and self.step % BACKTRACK_EVERY == 0:
                self._backtrack(output)
            if self.step % every == 0 or self.step == total:
                yield self._record(total, output, energy)


def build_network(problem: Problem, settings: Settings, *, in_channels: int) -> nn.Module:
    """The network f of Thesis Eq. 7.2, without levels that the picture is too small for."""
    levels = max(1, min(len(settings.widths), int(math.log2(min(problem.restored_size))) - 2))
    shared = {
        "in_channels": in_channels,
        "out_channels": problem.observed.shape[1],
        "widths": settings.widths[:levels],
        "skips": settings.skips[:levels],
        "upsampling": settings.upsampling[:levels],
    }
    if settings.network == "slim":
        return SlimNet(**shared)
    return SkipNet(
        **shared,
        kernels=settings.kernels[:levels],
        downsampling=settings.downsampling,
        padding=settings.padding,
    )


def build_optimisers(network: nn.Module, settings: Settings) -> list[torch.optim.Optimizer]:
    """Adam for all weights, or Muon for the hidden convolutions and Adam for what is left.

    Raises:
        ValueError: unknown optimiser.
    """
    if settings.optimiser == "adam":
        return [torch.optim.Adam(network.parameters(), lr=settings.lr, fused=True)]
    if settings.optimiser != "muon":
        raise ValueError(f"optimiser must be one of adam, muon, got {settings.optimiser!r}")
    return muon_and_adam(network, lr=settings.lr)


def network_input(problem: Problem, settings: Settings, *, seed: int) -> Tensor:
    """The code z of Thesis Eq. 7.2: (1, C', H, W) at the restored size; noise, coordinates or the flash picture."""
    height, width = problem.restored_size
    if settings.input == "guide":
        if problem.guide is None:
            raise ValueError(f"input must be grid or noise where there is no flash picture, got {settings.input!r}")
        return problem.guide
    if settings.input == "grid":
        rows = torch.linspace(0, 1, height).view(1, 1, -1, 1).expand(1, 1, height, width)
        columns = torch.linspace(0, 1, width).view(1, 1, 1, -1).expand(1, 1, height, width)
        return torch.cat([columns, rows], dim=1)
    shape = (1, settings.in_channels, height, width)
    return INPUT_SCALE * runtime.uniform_noise(shape, runtime.seeded_generator(seed))
