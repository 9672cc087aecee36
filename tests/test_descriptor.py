"""The descriptor against torchvision's VGG-16, which is an independent implementation."""

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import vgg16

from convgen import weights
from convgen.descriptor import LAYERS, Descriptor, load_descriptor
from convgen.runtime import seeded_generator, uniform_noise

CHANNELS = (64, 128, 256, 512, 512)


@pytest.fixture(scope="module")
def descriptor() -> Descriptor:
    return load_descriptor()


def noise(*shape: int) -> Tensor:
    return uniform_noise(shape, seeded_generator(1))


def vgg16_features() -> nn.Sequential:
    with torch.device("meta"):
        return vgg16(weights=None).features


def test_same_features_as_torchvision(descriptor: Descriptor) -> None:
    reference = vgg16_features()
    tensors = {key.removeprefix("features."): value.float() for key, value in weights.read("vgg16-imagenet").items()}
    reference.load_state_dict(tensors, assign=True)
    reference.eval()
    images = noise(2, 3, 48, 32)
    x = (images - torch.tensor([123.68, 116.779, 103.939]).view(3, 1, 1) / 255) * 255
    with torch.no_grad():
        found = descriptor(images, ["relu5_3", "relu3_3", "relu1_1"])
        assert list(found) == ["relu5_3", "relu3_3", "relu1_1"]
        for layer, number in {"relu1_1": 1, "relu3_3": 15, "relu5_3": 29}.items():
            torch.testing.assert_close(found[layer], reference[: number + 1](x), rtol=1e-4, atol=1e-3)


def test_names_are_the_relus_of_torchvision() -> None:
    relus = [number for number, module in enumerate(vgg16_features()) if isinstance(module, nn.ReLU)]
    assert list(LAYERS.values()) == relus
    assert list(LAYERS)[:3] == ["relu1_1", "relu1_2", "relu2_1"] and list(LAYERS)[-1] == "relu5_3"


@pytest.mark.parametrize(("batch", "height", "width"), [(1, 32, 48), (3, 17, 21)])
def test_shapes(descriptor: Descriptor, batch: int, height: int, width: int) -> None:
    with torch.no_grad():
        found = descriptor(noise(batch, 3, height, width), list(LAYERS))
    assert list(found) == list(LAYERS)
    for layer, features in found.items():
        block = int(layer[4])
        scale = 2 ** (block - 1)
        assert features.shape == (batch, CHANNELS[block - 1], height // scale, width // scale)
        assert features.dtype == torch.float32 and features.min() >= 0


def test_stops_at_the_deepest_layer_asked(descriptor: Descriptor) -> None:
    ran: list[int] = []
    hooks = [
        module.register_forward_hook(lambda *_, number=number: ran.append(number))
        for number, module in enumerate(descriptor.features)
    ]
    try:
        with torch.no_grad():
            descriptor(noise(1, 3, 16, 16), ["relu2_1", "relu1_2"])
            assert ran == list(range(LAYERS["relu2_1"] + 1))
            assert descriptor(noise(1, 3, 16, 16), []) == {}
    finally:
        for hook in hooks:
            hook.remove()


def test_frozen_but_gradients_reach_the_picture(descriptor: Descriptor) -> None:
    assert not any(parameter.requires_grad for parameter in descriptor.parameters())
    images = noise(1, 3, 16, 16).requires_grad_()
    original = images.detach().clone()
    sum(features.sum() for features in descriptor(images, ["relu1_1", "relu2_2"]).values()).backward()
    assert images.grad.abs().sum() > 0 and torch.equal(images.detach(), original)


def test_average_pooling_differs_only_below_the_first_pool(descriptor: Descriptor) -> None:
    average = load_descriptor(pooling="average")
    assert average.state_dict().keys() == descriptor.state_dict().keys()
    images = noise(1, 3, 32, 32)
    with torch.no_grad():
        maxima, means = (net(images, ["relu1_2", "relu2_1"]) for net in (descriptor, average))
        by_hand = torch.relu(average.features[5](nn.functional.avg_pool2d(means["relu1_2"], 2)))
    assert torch.equal(maxima["relu1_2"], means["relu1_2"])
    torch.testing.assert_close(means["relu2_1"], by_hand)
    assert not torch.allclose(maxima["relu2_1"], means["relu2_1"])


def test_wrapped_features_move_with_the_picture_and_mirrored_ones_are_turned_with_it(descriptor: Descriptor) -> None:
    images, layers = noise(1, 3, 32, 48), ["relu1_2", "relu3_1"]
    with torch.no_grad():
        wrapped = descriptor(images, layers, padding="wrapped")
        moved = descriptor(images.roll((4, 12), (2, 3)), layers, padding="wrapped")
        mirrored = descriptor(images, layers, padding="mirrored")
        zeros = descriptor(images, layers)
    for layer, scale in {"relu1_2": 1, "relu3_1": 4}.items():
        torch.testing.assert_close(moved[layer], wrapped[layer].roll((4 // scale, 12 // scale), (2, 3)))
        inside = (slice(None), slice(None), slice(4, -4), slice(4, -4)) if scale == 1 else None
        for other in (wrapped, mirrored):
            assert not torch.allclose(other[layer], zeros[layer], rtol=1e-2)
            if inside:
                torch.testing.assert_close(other[layer][inside], zeros[layer][inside])


def test_mirrored_borders_are_those_of_a_picture_mirrored_by_hand(descriptor: Descriptor) -> None:
    images = noise(1, 3, 16, 16)
    larger = nn.functional.pad(images, (2, 2, 2, 2), mode="reflect")
    with torch.no_grad():
        found = descriptor(images, ["relu1_1"], padding="mirrored")["relu1_1"]
        torch.testing.assert_close(found, descriptor(larger, ["relu1_1"])["relu1_1"][..., 2:-2, 2:-2])


def test_runs_under_bfloat16_autocast(descriptor: Descriptor) -> None:
    images = noise(1, 3, 32, 32)
    with torch.no_grad():
        exact = descriptor(images, ["relu3_3"])["relu3_3"]
        with torch.autocast("cpu", torch.bfloat16):
            rough = descriptor(images, ["relu3_3"])["relu3_3"]
    assert rough.dtype == torch.bfloat16
    assert (rough.float() - exact).norm() < 0.03 * exact.norm()


def test_errors_say_what_is_expected(descriptor: Descriptor) -> None:
    with pytest.raises(ValueError, match=r"layers must be among relu1_1, .*, relu5_3, got 'conv1_1'"):
        descriptor(noise(1, 3, 16, 16), ["relu1_1", "conv1_1"])
    with pytest.raises(ValueError, match=r"images must be \(B, 3, H, W\), got \(1, 1, 16, 16\)"):
        descriptor(noise(1, 1, 16, 16), ["relu1_1"])
    with pytest.raises(ValueError, match=r"at least 16 pixels a side for relu5_1, got \(1, 3, 15, 40\)"):
        descriptor(noise(1, 3, 15, 40), ["relu5_1"])
    with pytest.raises(ValueError, match="padding must be one of zeros, wrapped, mirrored, got 'none'"):
        descriptor(noise(1, 3, 16, 16), ["relu1_1"], padding="none")
    with pytest.raises(ValueError, match=r"at least 8 pixels a side for relu3_1, got \(1, 3, 16, 7\)"):
        descriptor(noise(1, 3, 16, 7), ["relu3_1"], padding="mirrored")
    with pytest.raises(ValueError, match="pooling must be one of max, average, got 'mean'"):
        Descriptor(pooling="mean")


def test_building_it_leaves_the_global_stream_alone() -> None:
    before = torch.random.get_rng_state()
    Descriptor()
    assert torch.equal(torch.random.get_rng_state(), before)
