"""What AGE is compared with, trained by the same loop: a variational autoencoder of faces, a regression of colors."""

import torch
from torch import Tensor

from convgen.age.color import ColorGenerator, ColorPair
from convgen.age.network import LATENTS, Encoder, FaceAGE, Pair
from convgen.age.objective import pixel_loss, squared_loss
from convgen.age.training import Rule, Update


class FaceVAE(FaceAGE):
    """A variational autoencoder of the same networks, the peer of section 4.3: e(x) gives the mean of a Gaussian.

    Its latents fill space instead of the sphere, so `encode`, which gives that mean, and `generate` do not bring them
    there.
    """

    def __init__(self, *, width: int = 32, latents: int = LATENTS, seed: int = 0):
        super().__init__(width=width, latents=latents, seed=seed)
        self.encoder = Encoder(width=width, latents=latents, outputs=2 * latents, seed=seed)

    def _features(self, images: Tensor) -> Tensor:
        return super()._features(images).chunk(2, dim=1)[0]

    def _place(self, z: Tensor) -> Tensor:
        return z

    @torch.no_grad()
    def generate(self, z: Tensor) -> Tensor:
        """x = g(z): (B, latents), from a unit Gaussian -> (B, 3, 64, 64) float32 in [0, 1]."""
        return self.generator(z / self.latents**0.5).float().contiguous()


class ColorRegression(ColorPair):
    """The peer of section 4.3.2: the generator of `ColorAGE` without a latent, which can give one answer only."""

    def __init__(self, *, width: int = 24, blocks: int = 4, seed: int = 0):
        super().__init__()
        self.generator = ColorGenerator(width=width, blocks=blocks, latents=0, seed=seed)
        self.latents = 0


def vae_objective(images: Tensor, reconstructed: Tensor, means: Tensor, log_variances: Tensor) -> Tensor:
    """The loss of a variational autoencoder, the peer of AGE in section 4.3, per value of the picture.

    `squared_loss` + KL: the noise of the pixels is the one that explains the errors at hand, which blurs as little as a
    VAE can.

    Args:
        images, reconstructed: (B, 3, H, W) of one range.
        means, log_variances: (B, M), of the posterior of each picture.
    """
    divergence = (means.square() + log_variances.exp() - 1 - log_variances).sum(1).mean() / 2
    return squared_loss(images, reconstructed) + divergence / images[0].numel()


class Autoencoding(Rule):
    """The peer of section 4.3: one update of both networks by the loss of a variational autoencoder."""

    def __call__(
        self, net: Pair, data: list[Tensor], update: Update, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        (x,) = data
        noise = torch.randn(len(x), net.latents, generator=generator).to(x.device)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16):
            means, log_variances = net.encoder.features(x).float().chunk(2, dim=1)
            z = means + (log_variances / 2).exp() * noise
            reconstructed = net.generator(z / net.latents**0.5).float()
        update("encoder generator", vae_objective(2 * x, 2 * reconstructed, means, log_variances))
        return reconstructed.detach(), {"pixels": pixel_loss(2 * x, 2 * reconstructed)}


class Regression(Rule):
    """The peer of section 4.3.2: one answer for what is given, by the pixel loss of Eq. 4.3 alone."""

    def __call__(
        self, net: Pair, data: list[Tensor], update: Update, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        x, *given = data
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16):
            answer = net.generator(x.new_zeros(len(x), 0), *given).float()
        loss = pixel_loss(2 * x, 2 * answer)
        update("generator", loss)
        return answer.detach(), {"pixels": loss}
