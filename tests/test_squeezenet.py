"""SqueezeNet is torchvision's, without its classifier."""

import pytest
import torch
from torchvision.models import squeezenet1_1

from convgen.squeezenet import CHANNELS, SqueezeNet, load_squeezenet


def test_it_computes_what_torchvision_computes():
    ours, theirs = SqueezeNet().eval(), squeezenet1_1(weights=None).eval()
    theirs.features.load_state_dict(ours.features.state_dict())
    x = torch.rand(2, 3, 70, 50)
    found = ours(x)
    assert [part.shape[1] for part in found] == list(CHANNELS.values())
    torch.testing.assert_close(found[-1], theirs.features(x * 255 - ours.mean))
    assert not any(parameter.requires_grad for parameter in ours.parameters())


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 1, 64, 64), (1, 3, 31, 64)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="images must be"):
        SqueezeNet()(torch.zeros(shape))


def test_the_shipped_one_runs():
    net = load_squeezenet()
    assert not net.training and all(part.max() > 0 for part in net(torch.rand(1, 3, 64, 64)))
