"""The two networks of AGE for faces: an encoder x -> z and a generator z -> x (thesis section 4.3.1).

Ulyanov, Vedaldi & Lempitsky, It Takes (Only) Two: Adversarial Generator-Encoder Networks, arXiv:1704.02304; the
networks follow DCGAN, Radford et al., arXiv:1511.06434.
Deviation: the generator enlarges and convolves instead of using free transposed convolutions, which leave a
checkerboard; groups of channels of one picture are normalised instead of batches, so that a picture is encoded alike
alone and among others.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convgen import layers
from convgen.losses import total
from convgen.runtime import seeded_generator, seeded_layers

SIDE = 64
LATENTS = 256
"""M for faces; four times as many as in the thesis, since faces are known by small things."""
GROUP = 8
REFINEMENTS = 1
"""Of the latent of a face in the app, see `FaceAGE.encode`."""


def sphere(z: Tensor) -> Tensor:
    """Points brought to the unit sphere, (..., M) -> the same shape: where all latents live (section 4.2.3)."""
    return F.normalize(z, dim=-1)


def random_latents(count: int, generator: torch.Generator, *, latents: int = LATENTS) -> Tensor:
    """z ~ Z, uniform on the unit sphere: (count, latents) float32 on the CPU."""
    return sphere(torch.randn(count, latents, generator=generator))


class DoublingConvolution(layers.MadeKernel):
    """Every pixel doubled, then a 3x3 convolution, in one go: (B, inputs, H, W) -> (B, outputs, 2 H, 2 W).

    The two together are a transposed convolution whose kernel of 4x4 is the one of 3x3 spread over 2x2 places: less
    than half of the multiplications, and nothing is written at the large size but the result.
    """

    bias: Tensor | None

    def __init__(self, inputs: int, outputs: int, *, bias: bool = False):
        super().__init__()
        convolution = nn.Conv2d(inputs, outputs, 3, bias=bias)
        self.weight, self.bias = convolution.weight, convolution.bias

    def forward(self, x: Tensor) -> Tensor:
        return F.conv_transpose2d(x, self.kernel(x.dtype), self.bias, stride=2, padding=1)

    def made(self, weight: Tensor) -> Tensor:
        """(outputs, inputs, 3, 3) of a convolution after doubling -> (inputs, outputs, 4, 4) of a transposed one."""
        kernel = weight.flip(2, 3).transpose(0, 1)
        return total(F.pad(kernel, (right, 1 - right, down, 1 - down)) for right in (0, 1) for down in (0, 1))


class Encoder(nn.Module):
    """z = e(x): four halvings, then a linear layer onto the unit sphere.

    Args:
        width: channels at half the resolution; they double with every halving.
        latents: M, the dimensions of z; `outputs` where the last layer is to give another number.
        seed: of the initial weights.
    """

    def __init__(self, *, width: int = 32, latents: int = LATENTS, outputs: int | None = None, seed: int = 0):
        super().__init__()
        with seeded_layers(seed):
            self.body = nn.Sequential(
                nn.Conv2d(12, width, 3, padding=1),
                nn.LeakyReLU(0.2, inplace=True),
                *_halving(width, 2 * width),
                *_halving(2 * width, 4 * width),
                *_halving(4 * width, 8 * width),
                nn.Flatten(),
            )
            self.output = nn.Linear(8 * width * (SIDE // 16) ** 2, outputs or latents)

    def features(self, images: Tensor) -> Tensor:
        """(B, 3, 64, 64) in [0, 1] -> (B, outputs), unbounded: before it is brought to the sphere."""
        return self.output(self.body(F.pixel_unshuffle(2 * images - 1, 2)))

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, 64, 64) in [0, 1] -> (B, latents) float32 of unit length."""
        return sphere(self.features(images).float())


class Generator(nn.Module):
    """x = g(z): a linear layer, then four doublings.

    Args:
        width: channels at half the resolution; they double with every halving.
        latents: M, the dimensions of z.
        seed: of the initial weights.
    """

    def __init__(self, *, width: int = 32, latents: int = LATENTS, seed: int = 0):
        super().__init__()
        self.width = width
        with seeded_layers(seed + 1):
            self.input = nn.Linear(latents, 8 * width * (SIDE // 16) ** 2)
            self.body = nn.Sequential(
                nn.GroupNorm(8 * width // GROUP, 8 * width),
                nn.ReLU(inplace=True),
                *_doubling(8 * width, 4 * width),
                *_doubling(4 * width, 2 * width),
                *_doubling(2 * width, width),
            )
            self.output = DoublingConvolution(width, 3, bias=True)

    def forward(self, z: Tensor) -> Tensor:
        """(B, latents), of unit length -> (B, 3, 64, 64) in [0, 1]."""
        x = self.input(z * z.shape[-1] ** 0.5)
        x = x.unflatten(1, (8 * self.width, SIDE // 16, SIDE // 16)).contiguous(memory_format=torch.channels_last)
        return torch.sigmoid(self.output(self.body(x)))


def _halving(inputs: int, outputs: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, 4, 2, padding=1, bias=False)
    return [convolution, nn.GroupNorm(outputs // GROUP, outputs), nn.LeakyReLU(0.2, inplace=True)]


def _doubling(inputs: int, outputs: int) -> list[nn.Module]:
    return [DoublingConvolution(inputs, outputs), nn.GroupNorm(outputs // GROUP, outputs), nn.ReLU(inplace=True)]


class Pair(nn.Module):
    """What is trained together: an encoder x -> z and a generator z -> x; what only regresses has no encoder."""

    encoder: Encoder
    generator: nn.Module
    latents: int


class FaceAGE(Pair):
    """An encoder and a generator of faces, trained against each other.

    Args:
        width: of both networks.
        latents: M, the dimensions of z.
        seed: of the initial weights.
    """

    generator: Generator

    def __init__(self, *, width: int = 32, latents: int = LATENTS, seed: int = 0):
        super().__init__()
        self.encoder = Encoder(width=width, latents=latents, seed=seed)
        self.generator = Generator(width=width, latents=latents, seed=seed)
        self.latents = latents

    @torch.no_grad()
    def encode(self, images: Tensor, *, refinements: int = 0) -> Tensor:
        """z = e(x), refined: (B, 3, 64, 64) in [0, 1], framed as in training -> (B, latents) float32 of unit length.

        Args:
            images: x.
            refinements: so often z is corrected by what e loses of it, z <- z + e(x) - e(g(z)); the two maps being
                inverse to each other (Eq. 4.4), that leads to a z whose picture the encoder takes for x.
        Raises:
            ValueError: images of another shape.
        """
        if images.ndim != 4 or tuple(images.shape[1:]) != (3, SIDE, SIDE):
            raise ValueError(f"images must be (B, 3, {SIDE}, {SIDE}), got {tuple(images.shape)}")
        wanted = z = self._place(self._features(images))
        for _ in range(refinements):
            z = self._place(z + wanted - self._place(self._features(self.generate(z))))
        return z

    def _features(self, images: Tensor) -> Tensor:
        return self.encoder.features(images.to(self.encoder.output.weight)).float()

    def _place(self, z: Tensor) -> Tensor:
        return sphere(z)

    @torch.no_grad()
    def generate(self, z: Tensor) -> Tensor:
        """x = g(z): (B, latents) -> (B, 3, 64, 64) float32 in [0, 1]; z is brought to the sphere first.

        Raises:
            ValueError: z of another shape.
        """
        if z.ndim != 2 or z.shape[1] != self.latents:
            raise ValueError(f"z must be (B, {self.latents}), got {tuple(z.shape)}")
        weight = self.generator.input.weight
        return self.generator(sphere(z.float()).to(weight)).float().contiguous()


@torch.no_grad()
def whiten(net: FaceAGE, features: Tensor) -> None:
    """Change the two linear layers beside z in place, so that the latents of data are uncorrelated and of one variance.

    With m and C the mean and covariance of features f, the encoder gives C^(-1/2) (f - m) before the sphere, and the
    generator undoes it first. Eq. 4.7, which compares one dimension at a time, is blind to correlations; what they do
    is in `convgen.age.training.PrincipalAxes`. Reconstructions stay, but for the length of z, which the sphere forgets.

    Args:
        net: changed in place.
        features: (N, M), what `net.encoder.features` gives for data, N above M.
    Raises:
        ValueError: too few features.
    """
    if features.ndim != 2 or len(features) <= features.shape[1]:
        raise ValueError(f"there must be more features than dimensions, got {tuple(features.shape)}")
    features = features.double().cpu()
    mean, length = features.mean(0), features.norm(dim=1).mean()
    variances, axes = torch.linalg.eigh(torch.cov(features.T))
    deviations = variances.clamp(min=1e-6 * variances.max()).sqrt()
    there, back = (axes / deviations) @ axes.T, (axes * deviations) @ axes.T
    scale = ((features - mean) @ there).norm(dim=1).mean() / length
    output, first = net.encoder.output, net.generator.input
    weight, bias = output.weight.double().cpu(), output.bias.double().cpu()
    output.weight.copy_(there @ weight)
    output.bias.copy_(there @ (bias - mean))
    weight, bias = first.weight.double().cpu(), first.bias.double().cpu()
    first.bias.copy_(bias + weight @ mean * net.latents**0.5 / length)
    first.weight.copy_(weight @ back * scale)


def sample_faces(net: FaceAGE, seeds: list[int]) -> Tensor:
    """Faces of seeds, each drawn by itself: (len(seeds), 3, 64, 64) in [0, 1]."""
    return net.generate(torch.cat([random_latents(1, seeded_generator(seed), latents=net.latents) for seed in seeds]))


def interpolate(net: FaceAGE, z0: Tensor, z1: Tensor, steps: int) -> Tensor:
    """Faces along the shortest arc of the sphere between two latents, the ends included.

    Args:
        z0, z1: (1, latents); opposite points have no shortest arc, and one is picked.
        steps: pictures, at least 2.
    Returns:
        (steps, 3, 64, 64) in [0, 1].
    Raises:
        ValueError: steps below 2, or latents of another shape.
    """
    if steps < 2:
        raise ValueError(f"steps must be at least 2, got {steps}")
    return net.generate(torch.cat([slerp(z0, z1, step / (steps - 1)) for step in range(steps)]))


def slerp(z0: Tensor, z1: Tensor, at: float) -> Tensor:
    """The point `at` = 0 .. 1 of the way along the arc between two points of the unit sphere, (B, M) each."""
    z0, z1 = sphere(z0), sphere(z1)
    angle = (z0 * z1).sum(-1, keepdim=True).clamp(-1, 1).acos()
    apart = angle > 1e-4
    safe = torch.where(apart, angle, torch.ones_like(angle))
    arc = ((1 - at) * safe).sin() * z0 + (at * safe).sin() * z1
    straight = (1 - at) * z0 + at * z1
    return sphere(torch.where(apart, arc / safe.sin().clamp(min=1e-4), straight))


def moved(z: Tensor, direction: Tensor, amount: float) -> Tensor:
    """z moved along a direction and back onto the sphere: (B, M), (M,) -> (B, M); amounts of 0.2 to 0.5 are visible."""
    return sphere(sphere(z) + amount * direction.to(z))
