"""Layers that several generators share."""

import pytest
import torch
from torch.nn import functional as F

from convgen import layers

MODES = {layers.wrapped: "circular", layers.mirrored: "reflect"}


@pytest.mark.parametrize("padded", MODES)
def test_borders_are_those_of_the_named_padding_and_keep_the_memory_format(padded):
    x = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    found = padded(x)
    assert torch.equal(found, F.pad(x, (1, 1, 1, 1), mode=MODES[padded]))
    assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("padded", MODES)
def test_an_enlarging_convolution_is_enlargement_then_convolution(padded):
    layer = layers.EnlargingConvolution(5, 4, joined=2, padded=padded)
    x, joined = torch.randn(2, 5, 3, 7), torch.randn(2, 2, 6, 14)
    large = F.interpolate(padded(x), scale_factor=2.0, mode="bilinear")[..., 1:-1, 1:-1]
    whole = torch.cat([large, padded(joined)], dim=1)
    torch.testing.assert_close(layer(x, joined), F.conv2d(whole, layer.weight), atol=1e-5, rtol=1e-5)


def mixed(channels: int, *, pictures: int = 2, side: int = 12) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    apart = torch.randn(pictures, channels, side, side, generator=generator)
    mixture = torch.randn(pictures, channels, channels, generator=generator)
    return torch.einsum("boc,bchw->bohw", mixture, apart) + 5


def test_the_inverse_root_is_that_of_every_matrix():
    rows = mixed(5).flatten(2)
    matrices = rows @ rows.mT / rows.shape[2]
    root = layers.inverse_root(matrices, rounds=40)
    torch.testing.assert_close(root @ matrices @ root, torch.eye(5).expand(2, 5, 5), atol=1e-3, rtol=0)


def test_whitening_leaves_far_less_correlation_in_every_picture_than_instance_normalisation():
    def correlation(x: torch.Tensor) -> torch.Tensor:
        found = torch.stack([torch.corrcoef(picture) for picture in x.flatten(2)])
        return (found - torch.eye(found.shape[1])).abs().mean(dim=(1, 2))

    x = mixed(6).to(memory_format=torch.channels_last)
    plain, white = layers.InstanceNormalisation(6)(x), layers.InstanceWhitening(6)(x)
    assert (correlation(white) < 0.7 * correlation(plain)).all()
    torch.testing.assert_close(white.mean(dim=(2, 3)), torch.zeros(2, 6), atol=1e-4, rtol=0)
    assert white.is_contiguous(memory_format=torch.channels_last)


def test_whitening_of_channels_that_are_not_correlated_is_instance_normalisation():
    generator = torch.Generator().manual_seed(3)
    apart, _ = torch.linalg.qr(torch.randn(64, 5, generator=generator))
    x = (apart - apart.mean(0)).T.reshape(1, 5, 8, 8) + 2
    whitening, plain = layers.InstanceWhitening(5), layers.InstanceNormalisation(5)
    for layer in (whitening, plain):
        layer.weight.data, layer.bias.data = torch.arange(1.0, 6), torch.arange(5.0)
    torch.testing.assert_close(whitening(x), plain(x), atol=0.1, rtol=0.1)


def test_whitening_treats_a_picture_alike_alone_and_among_others():
    x, layer = mixed(4), layers.InstanceWhitening(4)
    torch.testing.assert_close(layer(x)[:1], layer(x[:1]), atol=1e-5, rtol=1e-5)


def test_a_flat_spectrum_has_equal_amplitudes_and_the_variance_of_the_noise():
    noise = torch.rand(2, 3, 5, 8, generator=torch.Generator().manual_seed(3)) * 2 - 1
    found = layers.flat_spectrum(noise)
    amplitudes = torch.fft.fft2(found).abs().flatten(2)
    torch.testing.assert_close(amplitudes[..., 1:], amplitudes[..., 1:2].expand(2, 3, 39), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.var(dim=(2, 3), correction=0), torch.full((2, 3), 1 / 3), atol=1e-4, rtol=0)
    assert amplitudes[..., 0].max() < 1e-4
    assert (torch.corrcoef(torch.stack([noise.flatten(), found.flatten()]))[0, 1]) > 0.5


def test_whitening_bears_fewer_positions_than_channels_and_channels_that_are_constant():
    layer = layers.InstanceWhitening(16)
    x = torch.randn(1, 16, 2, 2, generator=torch.Generator().manual_seed(3))
    x[:, 3], x[:, 4] = 1.0, 3000.1
    y = layer(x.requires_grad_(True))
    y.square().sum().backward()
    assert torch.isfinite(y).all() and torch.isfinite(x.grad).all()
