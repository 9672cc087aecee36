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
