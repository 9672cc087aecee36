"""Losses and the entropy term by hand, and what their gradients do."""

import math

import pytest
import torch

from convgen import julesz, losses


def test_a_gram_matrix_by_hand():
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # two channels, two positions
    assert losses.gram_matrix(features).tolist() == [[[2.5, 5.5], [5.5, 12.5]]]


@pytest.mark.parametrize("shape", [(1, 2, 3, 4), (3, 5, 1, 2)])
def test_gram_matrices_are_symmetric_and_do_not_depend_on_the_memory_format(shape):
    features = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    gram = losses.gram_matrix(features)
    assert gram.shape == (shape[0], shape[1], shape[1])
    torch.testing.assert_close(gram, gram.transpose(1, 2))
    torch.testing.assert_close(losses.gram_matrix(features.contiguous(memory_format=torch.channels_last)), gram)


def test_gram_matrices_are_of_four_dimensional_features():
    with pytest.raises(ValueError, match=r"features must be \(B, C, H, W\), got \(2, 3\)"):
        losses.gram_matrix(torch.zeros(2, 3))


def test_texture_loss_by_hand():
    features = {"a": torch.full((2, 1, 2, 2), 2.0), "b": torch.full((2, 1, 1, 1), 1.0)}
    target = {"a": torch.full((1, 1, 1), 1.0), "b": torch.full((1, 1, 1), 2.0)}
    # (4 - 1)^2 / 1 + (1 - 2)^2 / 4, and the roots of the two
    assert losses.texture_loss(features, target).tolist() == pytest.approx([9.25, 9.25])
    assert losses.texture_loss(features, target, root=True).tolist() == pytest.approx([3.5, 3.5], rel=1e-6)
    weights = {"a": 1.0, "b": 2.0}
    assert losses.texture_loss(features, target, weights=weights).tolist() == pytest.approx([9.5, 9.5])
    weighted = losses.texture_loss(features, target, weights=weights, root=True)
    assert weighted.tolist() == pytest.approx([4.0, 4.0], rel=1e-6)


def test_the_root_makes_every_layer_pull_with_the_same_strength():
    target = {"x": torch.ones(1, 1, 1)}
    pulls = {}
    for root in (False, True):
        for far in (1.1, 3.0):
            x = torch.full((1, 1, 1, 1), math.sqrt(far)).requires_grad_()
            losses.texture_loss({"x": x * 1.0}, target, root=root).sum().backward()
            pulls[root, far] = x.grad.abs().item() / (2 * math.sqrt(far))  # by the Gram matrix
    assert pulls[False, 3.0] == pytest.approx(20 * pulls[False, 1.1], rel=1e-4)
    assert pulls[True, 3.0] == pytest.approx(pulls[True, 1.1], rel=1e-4)


def test_steadied_gram_matrices_by_hand():
    steadied = losses.SteadiedGrams(0.25)
    first, second = torch.full((1, 1, 1), 4.0), torch.full((2, 1, 1), 8.0, requires_grad=True)
    assert steadied({"a": first})["a"].item() == 4  # its own mean
    found = steadied({"a": second})["a"]
    assert (steadied.means["a"].item(), steadied.steps) == (6, 2)
    assert found.flatten().tolist() == [6 + 0.25 * 2] * 2
    found.sum().backward()
    assert second.grad.flatten().tolist() == [1, 1]
    steadied.steps = 1000
    steadied({"a": torch.full((1, 1, 1), 106.0)})
    assert steadied.means["a"].item() == pytest.approx(8)  # 0.98 of the old one


def test_gram_matrices_are_the_pictures_own_where_variance_counts_whole():
    steadied = losses.SteadiedGrams(1.0)
    for gram in torch.rand(3, 2, 2, 2):
        assert torch.equal(steadied({"a": gram})["a"], gram)


@pytest.mark.parametrize("weight", [0.0, -1.0, 1.5, math.nan])
def test_a_variance_weight_out_of_range_is_named(weight):
    with pytest.raises(ValueError, match="variance_weight must be above 0 and at most 1, got"):
        losses.SteadiedGrams(weight)


def test_correlations_over_a_step_by_hand():
    features = torch.tensor([[[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]])  # two channels, three positions in a row
    # (1 2 + 2 3) / 2, (1 5 + 2 6) / 2; (4 2 + 5 3) / 2, (4 5 + 5 6) / 2
    assert losses.shifted_gram_matrix(features, right=1).tolist() == [[[4.0, 8.5], [11.5, 25.0]]]
    assert torch.equal(losses.shifted_gram_matrix(features), losses.gram_matrix(features))
    assert torch.equal(losses.shifted_gram_matrix(features, down=5), losses.gram_matrix(features))


def test_regularity_tells_wallpaper_from_the_same_pixels_in_disorder():
    generator = torch.Generator().manual_seed(0)
    cell = torch.rand(1, 2, 4, 4, generator=generator)
    wallpaper = cell.repeat(1, 1, 8, 8)
    mixed = wallpaper.flatten(2)[..., torch.randperm(32 * 32, generator=generator)].view_as(wallpaper)
    torch.testing.assert_close(losses.gram_matrix(wallpaper), losses.gram_matrix(mixed))
    shifts = {"a": 4}
    target = losses.shifted_gram_matrices({"a": mixed}, shifts)
    assert losses.regularity_loss({"a": mixed}, target, shifts).item() < 1e-3
    assert losses.regularity_loss({"a": wallpaper}, target, shifts).item() > 0.1


def test_content_loss_by_hand():
    content = {"a": torch.tensor([[[[3.0, 4.0]]]])}
    assert losses.content_loss({"a": torch.tensor([[[[3.0, 9.0]]]])}, content).tolist() == pytest.approx([1.0])
    assert losses.content_loss({"a": torch.zeros(1, 1, 1, 2)}, content).tolist() == pytest.approx([1.0])
    assert losses.content_loss(content, content).tolist() == [0.0]


def test_losses_want_the_same_layers_and_shapes():
    with pytest.raises(ValueError, match="layers must be b, got a"):
        losses.texture_loss({"a": torch.zeros(1, 1, 1, 1)}, {"b": torch.zeros(1, 1, 1)})
    with pytest.raises(ValueError, match=r"features of a must be \(1, 1, 2, 2\), got \(1, 1, 1, 1\)"):
        losses.content_loss({"a": torch.zeros(1, 1, 1, 1)}, {"a": torch.zeros(1, 1, 2, 2)})


def test_total_variation_by_hand():
    images = torch.tensor([[[[0.0, 1.0], [0.0, 0.0]]]])
    assert losses.total_variation(images).tolist() == [0.5 + 0.5]


def test_nearest_distances_by_hand():
    samples = torch.tensor([0.0, 1.0, 4.0]).reshape(3, 1, 1, 1).expand(3, 1, 2, 2)
    torch.testing.assert_close(julesz.nearest_distances(samples), torch.tensor([1.0, 1.0, 3.0]))
    assert julesz.entropy(samples).item() == pytest.approx(math.log(3) / 3, abs=1e-4)


def test_a_moved_copy_is_no_new_sample():
    noise = torch.rand(1, 3, 8, 12, generator=torch.Generator().manual_seed(0))
    other = torch.rand(1, 3, 8, 12, generator=torch.Generator().manual_seed(1))
    samples = torch.cat([noise, other, noise.roll((3, 5), dims=(2, 3)) + 0.01]).requires_grad_()
    aligned, plain = julesz.nearest_distances(samples, aligned=True), julesz.nearest_distances(samples)
    torch.testing.assert_close(aligned[[0, 2]], torch.tensor([0.01, 0.01]), atol=1e-4, rtol=0)
    assert 0.1 < aligned[1] <= plain[1] and plain.min() > 0.1
    aligned.sum().backward()
    assert samples.grad[0].mean() < 0 < samples.grad[2].mean()
    closest = min((noise - other.roll((i, j), (2, 3))).square().mean() for i in range(8) for j in range(12)) ** 0.5
    assert julesz.mean_distance(samples[:2].detach()) == pytest.approx(closest.item(), abs=1e-5)
    assert julesz.mean_distance(torch.cat([noise, noise + 0.5])) == pytest.approx(0.5, abs=1e-5)


def test_one_sample_has_no_neighbour():
    with pytest.raises(ValueError, match="samples must be at least 2"):
        julesz.nearest_distances(torch.zeros(1, 3, 2, 2))


def test_the_entropy_pushes_equal_losses_apart():
    samples = torch.tensor([0.0, 0.1]).reshape(2, 1, 1, 1).requires_grad_()
    objective = julesz.julesz_objective(torch.zeros(2), samples, diversity=1.0)
    objective.backward()
    assert samples.grad[0] > 0 > samples.grad[1]  # a step against the gradient takes them apart
    mean = julesz.julesz_objective(torch.tensor([1.0, 3.0]), samples, diversity=0.0)
    assert mean.item() == 2.0
