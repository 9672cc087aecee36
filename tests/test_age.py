"""AGE: the game, the two networks, the sphere, colours, training, the data, the shipped nets."""

import csv
import json
import math
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from terminal import command
from torch import nn

from convgen import age, images, weights
from convgen.age.color import small
from convgen.age.edges import within_edges
from convgen.age.network import DoublingConvolution, whiten
from convgen.age.objective import (
    kl_divergence,
    least_divergence,
    length_loss,
    squared_loss,
    vivid_loss,
)
from convgen.age.peers import Autoencoding, FaceVAE, vae_objective
from convgen.age.photos import looked_at
from convgen.age.training import AGETrainer, Batches, Game, PrincipalAxes, rate_of
from convgen.age.views import load_views, split
from convgen.images import to_tensor
from convgen.runtime import seeded_generator, seeded_layers
from convgen.squeezenet import SqueezeNet
from convgen.training.runs import load_tensors, start_from

ROOT = Path(__file__).parents[1]


def tiny(**settings):
    return age.FaceAGE(width=8, **settings)


# ---- the game


def test_divergence_of_a_batch_worked_by_hand():
    latents = torch.tensor([[1.0, 0.0], [-1.0, 2.0]])
    s, m = math.sqrt(2), (0.0, 1.0)
    expected = sum((s**2 + mean**2) / 2 - math.log(s) for mean in m) / 2 - 0.5
    assert age.kl_divergence(latents).item() == pytest.approx(expected, abs=1e-5)


def test_divergence_is_nothing_for_a_gaussian_and_least_for_an_even_sphere():
    z = torch.randn(20_000, 64, generator=seeded_generator(0))
    assert age.kl_divergence(z).item() == pytest.approx(0, abs=1e-3)
    assert age.kl_divergence(age.sphere(z)).item() == pytest.approx(least_divergence(64), abs=1e-3)
    bunched = age.sphere(z + 2 * torch.eye(64)[0])
    assert age.kl_divergence(bunched) > least_divergence(64) + 0.01
    with pytest.raises(ValueError, match=r"latents must be \(B, M\) with B of at least 2, got \(1, 3\)"):
        age.kl_divergence(torch.ones(1, 3))


def test_objectives_are_the_sums_of_their_parts():
    z, recovered, real = (age.random_latents(16, seeded_generator(seed)) for seed in range(3))
    x, y = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8)
    lost = age.pixel_loss(x, y)
    ours = age.generator_objective(z, recovered, weight=7.0)
    torch.testing.assert_close(ours, age.kl_divergence(recovered) + 7 * (z - recovered).square().mean())
    thesis = age.encoder_objective(recovered, real, lost, weight=5.0, real_weight=1.0)
    torch.testing.assert_close(thesis, 5 * (x - y).abs().mean() - age.alignment(recovered, real))
    ours = age.encoder_objective(recovered, real, lost, weight=5.0, real_weight=3.0)
    torch.testing.assert_close(ours - thesis, 2 * age.kl_divergence(real))
    before = age.encoder_objective(None, real, lost, weight=5.0, real_weight=3.0)
    torch.testing.assert_close(before - ours, age.kl_divergence(recovered))


def test_the_loss_of_the_peer_has_no_divergence_for_the_prior():
    x = torch.zeros(2, 3, 4, 4)
    loss = vae_objective(x, x + math.e, torch.zeros(2, 5), torch.zeros(2, 5))
    assert loss.item() == pytest.approx(1)


# ---- networks


def test_a_doubling_convolution_is_enlargement_then_convolution():
    layer, x = DoublingConvolution(5, 4, bias=True), torch.randn(2, 5, 3, 7)
    enlarged = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
    wanted = nn.functional.conv2d(enlarged, layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(layer(x), wanted, atol=1e-5, rtol=1e-5)


def test_a_kernel_that_is_kept_follows_its_weights():
    net, z = tiny().eval(), age.random_latents(2, seeded_generator(0))
    optimiser = torch.optim.Adam(net.generator.parameters(), lr=0.1, fused=True)
    first = net.generate(z)
    assert torch.equal(net.generate(z), first)
    net.generator(z).square().mean().backward()
    optimiser.step()
    learned = net.generate(z)
    assert not torch.equal(learned, first)
    fresh = tiny(seed=1).eval()
    fresh.generate(z)
    fresh.load_state_dict(net.state_dict())
    torch.testing.assert_close(fresh.generate(z), learned)


def test_refined_latents_come_closer_to_what_the_encoder_sees():
    net = age.load_face_age()
    faces = age.sample_faces(net, [0, 1, 2, 3]) * 0.9 + 0.05
    wanted, lost = net.encode(faces), []
    for refinements in range(3):
        z = net.encode(faces, refinements=refinements)
        torch.testing.assert_close(z.norm(dim=1), torch.ones(4))
        lost.append((net.encode(net.generate(z)) - wanted).norm().item())
    assert lost[0] > lost[1] > lost[2]


@pytest.mark.parametrize("batch", [1, 3])
def test_shapes_and_ranges_of_both_maps(batch):
    net = tiny()
    z = net.encode(torch.rand(batch, 3, 64, 64))
    assert z.shape == (batch, age.LATENTS)
    torch.testing.assert_close(z.norm(dim=1), torch.ones(batch))
    x = net.generate(5 * z)
    assert x.shape == (batch, 3, 64, 64)
    assert x.min() >= 0 and x.max() <= 1
    torch.testing.assert_close(x, net.generate(z), atol=1e-5, rtol=1e-4)


def test_a_picture_is_encoded_alike_alone_and_among_others():
    net, faces = tiny(), torch.rand(4, 3, 64, 64)
    torch.testing.assert_close(net.encode(faces)[:1], net.encode(faces[:1]), atol=1e-5, rtol=1e-4)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"images must be \(B, 3, 64, 64\), got \(1, 3, 32, 64\)"):
        tiny().encode(torch.rand(1, 3, 32, 64))
    with pytest.raises(ValueError, match=rf"z must be \(B, {age.LATENTS}\), got \(1, 3\)"):
        tiny().generate(torch.rand(1, 3))


def test_same_seed_same_faces_and_the_global_stream_is_untouched():
    before = torch.random.get_rng_state()
    net = tiny(seed=3)
    faces = age.sample_faces(net, [5, 6])
    torch.testing.assert_close(faces[1:], age.sample_faces(tiny(seed=3), [6]), atol=1e-5, rtol=1e-4)
    assert torch.equal(before, torch.random.get_rng_state())


def test_whitened_latents_are_uncorrelated_and_faces_stay():
    net, faces = tiny(latents=6), torch.rand(200, 3, 64, 64)
    tilt = torch.randn(6, 6, generator=seeded_generator(0))
    with torch.no_grad():
        net.encoder.output.weight.copy_(20 * tilt @ net.encoder.output.weight)
        before = net.encoder.features(faces)
        correlated = torch.corrcoef(before.T) - torch.eye(6)
        reconstructed = net.generator(before / before.norm(dim=1).mean())
        whiten(net, before)
        after = net.encoder.features(faces)
    assert correlated.abs().max() > 0.3
    torch.testing.assert_close(torch.cov(after.T), torch.eye(6), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(after.mean(0), torch.zeros(6), atol=1e-3, rtol=0)
    with torch.no_grad():
        torch.testing.assert_close(net.generator(after / after.norm(dim=1).mean()), reconstructed, atol=1e-3, rtol=1e-3)
    with pytest.raises(ValueError, match=r"there must be more features than dimensions, got \(6, 6\)"):
        whiten(net, after[:6])


# ---- the sphere


def test_interpolation_keeps_to_the_sphere_and_to_even_steps():
    z0, z1 = age.random_latents(2, seeded_generator(0)).split(1)
    points = torch.cat([age.slerp(z0, z1, at) for at in (0.0, 0.25, 0.5, 0.75, 1.0)])
    torch.testing.assert_close(points.norm(dim=1), torch.ones(5))
    torch.testing.assert_close(points[[0, -1]], torch.cat([z0, z1]))
    steps = (points[1:] * points[:-1]).sum(1)
    torch.testing.assert_close(steps, steps[:1].expand(4), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(age.slerp(z0, z0, 0.3), z0)
    assert torch.isfinite(age.slerp(z0, -z0, 0.5)).all()
    assert age.interpolate(tiny(), z0, z1, 3).shape == (3, 3, 64, 64)
    with pytest.raises(ValueError, match="steps must be at least 2, got 1"):
        age.interpolate(tiny(), z0, z1, 1)


def test_moving_goes_along_the_direction_and_stays_on_the_sphere():
    z, direction = age.random_latents(2, seeded_generator(0)).split(1)
    there = age.moved(z, direction[0], 0.7)
    torch.testing.assert_close(there.norm(dim=1), torch.ones(1))
    assert (there @ direction.T) > (z @ direction.T)
    torch.testing.assert_close(age.moved(z, direction[0], 0.0), z)


def test_differences_of_means_point_to_where_the_label_holds():
    rows = [{label: str(n % 2) for label, _ in age.ATTRIBUTES.values()} for n in range(4)]
    latents = torch.tensor([[0.0, 1.0], [2.0, 1.0], [0.0, 1.0], [2.0, 1.0]])
    found = age.mean_differences(latents, rows)
    torch.testing.assert_close(found["smile"], torch.tensor([2.0, 0.0]))
    torch.testing.assert_close(found["age"], torch.tensor([-2.0, 0.0]))


# ---- colours


def test_colourful_pixels_weigh_more_by_hand():
    colors = torch.full((1, 2, 1, 4), 0.5)
    colors[:, 0, 0, 3] = 0.9
    answer = torch.full_like(colors, 0.5)
    assert vivid_loss(colors, answer, share=0.0) == age.pixel_loss(colors, answer)
    # Chromas 0, 0, 0 and 0.4 have the mean 0.1: the last pixel weighs 0.5 + 0.5 * 4, and is one of eight values.
    assert vivid_loss(colors, answer, share=0.5).item() == pytest.approx(2.5 * 0.4 / 8, abs=1e-4)


def test_lab_there_and_back():
    x = to_tensor(Image.open(ROOT / "assets" / "photos" / "coffee.jpg"))[..., :64, :96]
    lab = age.to_lab(x)
    assert lab.min() >= 0 and lab.max() <= 1
    torch.testing.assert_close(age.from_lab(lab[:, :1], lab[:, 1:]), x, atol=0.01, rtol=0)
    gray = age.to_lab(torch.full((1, 3, 2, 2), 0.5))
    torch.testing.assert_close(gray[:, 1:], torch.full((1, 2, 2, 2), 0.5), atol=1e-3, rtol=0)


@pytest.mark.parametrize("size", [(70, 110), (9, 200), (1, 1)])
def test_colours_keep_the_lightness_at_full_resolution(size):
    net, x = age.ColorAGE(width=8, blocks=1), 0.35 + 0.3 * torch.rand(1, 1, *size)
    colored = age.colorize(net, x, seed=2)
    assert colored.shape == (1, 3, *size)
    assert colored.min() >= 0 and colored.max() <= 1
    torch.testing.assert_close(colored, age.colorize(net, x, seed=2))
    assert age.encode_colors(net, colored).shape == (1, 3)
    assert age.transfer_color(net, torch.rand(1, 3, 30, 40), x).shape == colored.shape
    with pytest.raises(ValueError, match=r"picture must be \(1, 1 or 3, H, W\), got \(2, 3, 4, 4\)"):
        age.colorize(net, torch.rand(2, 3, 4, 4))


def test_colours_follow_the_edges_of_the_large_picture():
    lightness = torch.zeros(1, 1, 256, 256)
    lightness[..., 130:] = 1.0
    low = small(lightness)
    colors = torch.cat([low, 1 - low], dim=1)
    large = age.guided(colors, low, lightness)
    torch.testing.assert_close(large[0, 0], lightness[0, 0], atol=0.02, rtol=0)
    plain = nn.functional.interpolate(colors, size=(256, 256), mode="bilinear", align_corners=False)
    assert (large[0, 0] - lightness[0, 0]).abs().mean() < 0.5 * (plain[0, 0] - lightness[0, 0]).abs().mean()


@pytest.mark.parametrize("size", [(70, 110), (16, 200)])
def test_photographs_are_coloured_by_what_is_seen_in_them(size):
    net, x = age.PhotoAGE(width=8, blocks=1).eval(), torch.rand(1, 1, *size)
    net.generator.eyes = SqueezeNet().eval()
    state = torch.get_rng_state()
    colored = age.colorize(net, x, seed=2)
    assert torch.equal(state, torch.get_rng_state())
    assert colored.shape == (1, 3, *size) and colored.min() >= 0 and colored.max() <= 1
    torch.testing.assert_close(colored, age.colorize(net, x, seed=2))
    torch.testing.assert_close(age.to_lab(colored)[:, 0], age.to_lab(x.expand(-1, 3, -1, -1))[:, 0], atol=0.2, rtol=0)
    assert age.transfer_color(net, torch.rand(1, 3, 30, 40), x).shape == colored.shape
    both = age.colors_for(net, x, age.random_latents(2, seeded_generator(0), latents=3))
    assert both.shape == (2, 2, 64, 64) and not torch.equal(both[0], both[1])
    net.generator.saturation = 0.0
    torch.testing.assert_close(age.colorize(net, x), x.expand(-1, 3, -1, -1), atol=2e-3, rtol=0)
    seen = looked_at(x, net.generator.eyes)
    assert [tuple(part.shape) for part in seen] == [(1, 256, 16, 16), (1, 512, 9, 9)]
    assert all(part.min() >= 0 and part.max() <= 1 for part in seen)
    with pytest.raises(ValueError, match="the generator must have eyes"):
        age.colorize(age.PhotoAGE(width=8, blocks=1), x)


def test_views_of_photographs_begin_with_the_whole_and_are_always_the_same():
    photo, eyes = images.open_picture(ROOT / "assets" / "photos" / "coffee.jpg"), SqueezeNet().eval()
    colors, lightness, *seen = load_views([photo, photo.convert("L")], eyes, count=2, seed=1)
    assert colors.shape == (4, 2, 64, 64) and lightness.shape == (4, 1, 64, 64) and len(seen) == 2
    assert all(part.dtype == torch.uint8 and len(part) == 4 for part in seen)
    whole = small(age.to_lab(to_tensor(photo.convert("RGB"))))[:, :1]
    assert (lightness[0] / 255 - whole[0]).abs().mean() < 0.01 < (lightness[1] / 255 - whole[0]).abs().mean()
    assert (colors[2:].float() - 127.5).abs().max() <= 2
    again = load_views([photo, photo.convert("L")], eyes, count=2, seed=1)
    assert torch.equal(again[1], lightness)
    assert split(list(range(41)), held_out=True) == [0, 20, 40] and len(split(list(range(41)), held_out=False)) == 38


def test_colours_are_evened_out_up_to_an_edge_and_no_further():
    lightness = torch.zeros(1, 1, 30, 40)
    lightness[..., 20:] = 1
    colors = torch.zeros(2, 2, 30, 40)
    colors[:, 0, :, 23:] = 1  # it should have begun at 20
    even = within_edges(colors, lightness)
    assert even[:, 0, :, :20].abs().max() < 1e-6 and even[:, 1].abs().max() == 0
    assert even[:, 0, :, 20:].min() > 0.8
    torch.testing.assert_close(even.mean((2, 3)), colors.mean((2, 3)))
    # A chain of two with one bond b: (1 + b) u - b v = x, and the mean stays.
    pair = within_edges(torch.tensor([[[[0.0, 1.0]]]]), torch.zeros(1, 1, 1, 2), strength=2.0, rounds=1)
    torch.testing.assert_close(pair, torch.tensor([[[[1 / 3, 2 / 3]]]]))


# ---- training


def test_a_batch_is_always_the_same_and_its_parts_are_mirrored_together():
    data = torch.randint(0, 255, (10, 3, 4, 4), dtype=torch.uint8)
    batches = Batches(data, data[:, :1], batch=4, seed=1)
    first, second = batches[7], batches[7]
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[0][:, :1], first[1])
    assert not torch.equal(first[0], batches[8][0])
    with pytest.raises(ValueError, match="at least 16 items for a batch, got 10"):
        Batches(data, batch=16)


def test_shifted_batches_are_parts_of_the_items_and_alike_in_all_their_data():
    places = torch.arange(64, dtype=torch.uint8).view(1, 1, 8, 8).expand(6, 1, 8, 8)
    shown, given = Batches(places, places, batch=6, shift=2, seed=1)[3]
    assert shown.shape == (6, 1, 4, 4) and torch.equal(shown, given)
    corners = {tuple(divmod(min(row), 8)) for row in (255 * shown).round().flatten(1).int().tolist()}
    assert len(corners) > 1 and all(down <= 4 and right <= 4 for down, right in corners)
    for item in (255 * shown).round():
        down, right = divmod(int(item.min()), 8)
        part = places[0, :, down : down + 4, right : right + 4]
        assert torch.equal(item, part) or torch.equal(item, part.flip(-1))


def test_the_average_of_a_trained_net_begins_with_it():
    data = torch.randint(0, 255, (16, 3, 64, 64), dtype=torch.uint8)
    moved = []
    for trained in (True, False):
        net = tiny(seed=1)
        before = [part.clone() for part in net.parameters()]
        trainer = AGETrainer(net, Batches(data, batch=8), Game(), steps=2, trained=trained)
        list(trainer.run())
        moved.append(sum((a - b).norm() for a, b in zip(trainer.average.parameters(), before, strict=True)).item())
    assert 0 < moved[0] < moved[1] / 10


@pytest.mark.parametrize(("squared", "weight"), [(False, 100.0), (True, 10.0)])
def test_before_the_game_there_is_an_autoencoder_and_no_sample(squared, weight):
    data = torch.randint(0, 255, (8, 3, 1, 1), dtype=torch.uint8).expand(-1, -1, 64, 64)
    rule = Game(generator_updates=0, reconstructing=True, squared=squared, pixel_weight=weight, bfloat16=False)
    trainer = AGETrainer(tiny(seed=1), Batches(data, batch=8), rule, steps=60)
    losses = [progress.losses for progress in trainer.run()]
    assert losses[0].keys() == {"real", "pixels"}
    assert losses[-1]["pixels"] < 0.5 * losses[0]["pixels"]


def test_the_error_of_pixels_may_be_squared():
    data = torch.randint(0, 255, (16, 3, 64, 64), dtype=torch.uint8)
    nets = []
    for squared in (False, False, True):
        net = tiny(seed=1)
        rule = Game(generator_updates=0, squared=squared, bfloat16=False)
        list(AGETrainer(net, Batches(data, batch=8), rule, steps=1).run())
        nets.append(torch.cat([part.flatten() for part in net.encoder.parameters()]))
    assert torch.equal(nets[0], nets[1]) and not torch.equal(nets[0], nets[2])
    x, y = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8)
    assert squared_loss(x, y).exp().square() == pytest.approx((x - y).square().mean().item(), rel=1e-5)


def test_noise_on_latents_changes_what_is_learned():
    data = torch.randint(0, 255, (16, 3, 64, 64), dtype=torch.uint8)
    lost = []
    for jitter in (0.0, 0.0, 0.5):
        trainer = AGETrainer(tiny(seed=1), Batches(data, batch=8), Game(jitter=jitter, bfloat16=False), steps=1)
        lost.append([progress.losses["pixels"] for progress in trainer.run()])
    assert lost[0] == lost[1] != lost[2]


def test_the_length_of_features_is_held_where_that_is_asked():
    data = torch.randint(0, 255, (8, 3, 64, 64), dtype=torch.uint8)
    x, lengths = data.float() / 255, []
    for weight in (0.0, 1.0):
        net = tiny(seed=1)
        net.encoder.output.weight.data *= 30
        rule = Game(generator_updates=0, reconstructing=True, length_weight=weight, bfloat16=False)
        list(AGETrainer(net, Batches(data, batch=8), rule, steps=40, adam_lr=0.03).run())
        lengths.append(net.encoder.features(x).square().mean().item())
    assert 0.5 < lengths[1] < 2 < 10 < lengths[0]
    assert length_loss(torch.ones(4, 3)) == 0 and length_loss(torch.full((4, 3), 2.0)) > 1


def test_along_principal_axes_the_divergence_sees_correlations():
    generator = seeded_generator(0)
    tilt = torch.linalg.qr(torch.randn(8, 8, generator=generator)).Q
    stretch = torch.linspace(0.2, 1.8, 8).sqrt()
    points = torch.randn(4000, 8, generator=generator)
    tilted = points * stretch @ tilt
    tilted = tilted / tilted.std(0)
    axes = PrincipalAxes(8)
    for batch in tilted.split(50):
        axes.follow(batch)
    assert kl_divergence(tilted).item() == pytest.approx(0, abs=1e-3)
    assert kl_divergence(axes(tilted)) > 0.02
    assert kl_divergence(axes(points)).item() == pytest.approx(0, abs=1e-3)
    torch.testing.assert_close(axes(tilted).norm(dim=1), tilted.norm(dim=1), atol=1e-4, rtol=1e-4)


def test_a_game_along_principal_axes_follows_the_data_and_its_axes_are_kept():
    data = torch.randint(0, 255, (16, 3, 64, 64), dtype=torch.uint8)
    rules = [Game(axes=PrincipalAxes(age.LATENTS), bfloat16=False) for _ in range(2)]
    trainers = [AGETrainer(tiny(), Batches(data, batch=8), rule, steps=2) for rule in rules]
    list(trainers[0].run())
    learned = rules[0].axes.moments
    assert not torch.equal(learned, PrincipalAxes(age.LATENTS).moments)
    trainers[1].resume(trainers[0].state())
    assert torch.equal(rules[1].axes.moments, learned)


def test_the_rate_rises_stays_and_falls():
    rates = [rate_of(step, 1000) for step in (0, 100, 500, 750, 999)]
    assert rates[0] < rates[3] < rates[1] == rates[2] == 1
    assert rates[4] < 1e-4


@pytest.mark.parametrize(
    ("build", "rule"), [(age.FaceAGE, Game(bfloat16=False)), (FaceVAE, Autoencoding(bfloat16=False))]
)
def test_training_goes_on_where_it_stopped(build, rule):
    data = torch.randint(0, 255, (16, 3, 64, 64), dtype=torch.uint8)
    trainers = [AGETrainer(build(width=8), Batches(data, batch=8), rule, steps=4) for _ in range(2)]
    first = [progress.losses["pixels"] for progress in trainers[0].run()]
    run = trainers[1].run()
    assert [next(run).losses["pixels"] for _ in range(2)] == pytest.approx(first[:2], rel=1e-3)
    run.close()
    state = trainers[1].state()
    resumed = AGETrainer(build(width=8), Batches(data, batch=8), rule, steps=4)
    resumed.resume(state)
    rest = list(resumed.run())
    assert [progress.step for progress in rest] == [3, 4]
    assert [progress.losses["pixels"] for progress in rest] == pytest.approx(first[2:], rel=1e-3)
    for name, value in trainers[0].state().items():
        torch.testing.assert_close(resumed.state()[name], value, atol=1e-4, rtol=1e-3, msg=name)
    with pytest.raises(ValueError, match="other arguments"):
        AGETrainer(build(width=16), Batches(data, batch=8), rule, steps=4).resume(state)


def drawn_faces(folder):
    """A ZIP of ten drawn pictures and the table that goes with it."""
    table = folder / "labels.csv"
    labels = [label for label, _ in age.ATTRIBUTES.values()]
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive, table.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", "partition", *labels])
        writer.writeheader()
        for number in range(10):
            Image.new("RGB", (128, 128), (25 * number, 90, 200)).save(folder / "one.jpg")
            archive.write(folder / "one.jpg", f"{number}.jpg")
            flags = dict.fromkeys(labels, number % 2)
            writer.writerow({"file": f"{number}.jpg", "partition": int(number > 7), **flags})
    return folder / "faces.zip", table


def test_runs_of_the_trainer_can_be_stopped_resumed_kept_and_asked_for_directions(tmp_path):
    faces, labels = drawn_faces(tmp_path)
    out, folder = tmp_path / "run", tmp_path / "weights"
    folder.mkdir()
    data = ["--faces", faces, "--labels", labels]
    for steps in (1, 2):
        flags = ["--width", 8, "--latents", 16, "--axes", "--batch", 4, "--every", 1, "--steps", steps]
        done = command("-m", "convgen.train", "age", *data, "--out", out, *flags)
        assert done.returncode == 0, done.stderr
    assert [line.split(",")[0] for line in (out / "losses.csv").read_text().split()] == ["step", "1", "2"]
    start, again = ["--start", out / "net.safetensors", "--whitened"], tmp_path / "whitened"
    done = command("-m", "convgen.train", "age", *data, *start, "--out", again, *flags[:2], "--latents", 16)
    assert "there must be more features than dimensions, got (8, 16)" in done.stderr
    done = command(*done.args[1:-1], 4)
    assert "must hold the weights of a network with the same arguments" in done.stderr
    done = command("-m", "convgen.train", "keep", out, "toy", "--trained-on", "drawings", "--folder", folder)
    assert done.returncode == 0, done.stderr
    row = weights.find("toy", folder=folder)
    assert row.arguments == {"width": 8, "latents": 16}
    weights.load_into(age.FaceAGE(**row.arguments), "toy", folder=folder)
    done = command("-m", "convgen.train", "age_directions", *data, "--net", out, "--out", tmp_path / "directions")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout).keys() == age.ATTRIBUTES.keys()


@pytest.mark.parametrize("network", ["age", "regression"])
def test_a_run_on_cars(tmp_path, network):
    faces, labels = drawn_faces(tmp_path)
    flags = ["--network", network, "--width", 8, "--blocks", 1, "--batch", 4, "--steps", 1]
    done = command(
        "-m", "convgen.train", "age_color", "--cars", faces, "--labels", labels, "--out", tmp_path / "run", *flags
    )
    assert done.returncode == 0, done.stderr
    assert images.open_picture(tmp_path / "run" / "sheet.png").width > 90


def test_a_run_on_photographs(tmp_path):
    """The views of the first run are those of the second."""
    (tmp_path / "photos").mkdir()
    for number in range(3):
        Image.new("RGB", (48, 32), (80 * number, 90, 200)).save(tmp_path / "photos" / f"{number}.png")
    flags = ["--width", 8, "--blocks", 1, "--batch", 2, "--steps", 1, "--views", tmp_path / "views"]
    for network in ("age", "regression"):
        out = ["--network", network, "--out", tmp_path / network]
        done = command("-m", "convgen.train", "age_photos", "--photos", tmp_path / "photos", *out, *flags)
        assert done.returncode == 0, done.stderr
        assert images.open_picture(tmp_path / network / "sheet.png").width > 90


def test_pictures_that_the_table_does_not_list_are_missed(tmp_path):
    faces, labels = drawn_faces(tmp_path)
    assert len(age.load_faces(faces, labels, partition="0")[1]) == 8
    with pytest.raises(ValueError, match="must hold pictures that its table lists, got none"):
        age.load_faces(faces, labels, partition="2")


def test_data_and_nets_that_are_none_are_refused(tmp_path):
    faces, labels = drawn_faces(tmp_path)
    with pytest.raises(ValueError, match=r"one\.jpg must be a ZIP or a folder"):
        age.load_faces(tmp_path / "one.jpg", labels, partition="0")
    (tmp_path / "bare.csv").write_text("file\n0.jpg\n")
    with pytest.raises(ValueError, match=r"bare\.csv must be a table with a column named partition"):
        age.load_faces(faces, tmp_path / "bare.csv", partition="0")
    damaged = tmp_path / "net.safetensors"
    damaged.write_bytes(b"no tensors")
    with pytest.raises(ValueError, match=r"net\.safetensors must be a whole safetensors file"):
        load_tensors(damaged)
    with pytest.raises(ValueError, match="a network with the same arguments"):
        start_from(age.ColorAGE(width=8, blocks=1), age.ColorAGE(width=8, blocks=2).state_dict(), damaged)


def test_mistakes_at_the_command_line_are_one_sentence(tmp_path):
    faces, labels = drawn_faces(tmp_path)
    data = ["--faces", faces, "--labels", labels, "--out", tmp_path / "run"]
    for flags, sentence in (
        (["--network", "gan"], "network must be one of age, vae, got 'gan'\n"),
        (["--network", "vae", "--whitened"], "only the latents of age can be whitened\n"),
        (["--shift", "17"], "shift must be 0 to 16 pixels, got 17\n"),
    ):
        done = command("-m", "convgen.train", "age", *data, *flags)
        assert (done.returncode, done.stderr) == (1, sentence)


# ---- what is shipped


def test_shipped_nets_run():
    net = age.load_face_age()
    assert not net.training
    assert age.sample_faces(net, [0, 1]).std() > 0.05
    found = age.directions()
    assert found.keys() == age.ATTRIBUTES.keys()
    assert all(direction.norm().item() == pytest.approx(1, abs=1e-4) for direction in found.values())
    colored = age.colorize(age.load_color_age(), torch.linspace(0.2, 0.8, 80 * 60).view(1, 1, 60, 80))
    assert colored.std() > 0.05
    seeing = age.load_photo_age()
    assert (
        not seeing.training and age.colorize(seeing, torch.linspace(0.2, 0.8, 80 * 60).view(1, 1, 60, 80)).std() > 0.05
    )


def test_the_tight_crop_is_the_middle():
    picture = Image.new("RGB", (128, 128), "black")
    picture.paste("white", (22, 22, 106, 106))
    cropped = age.tight_crop(picture)
    assert cropped.size == (64, 64)
    assert to_tensor(cropped).min() > 0.5
    wider = to_tensor(age.tight_crop(picture, margin=4))
    assert wider.shape[-2:] == (72, 72)
    assert wider[..., 5:-5, 5:-5].min() > 0.5 and wider[..., 0].max() < 0.5
    with pytest.raises(ValueError, match="margin must be 0 to 16 pixels, got 17"):
        age.tight_crop(picture, margin=17)


# ---- a mixture in the plane


MODES = torch.tensor([[0.5 + 0.3 * math.cos(k * math.pi / 4), 0.5 + 0.3 * math.sin(k * math.pi / 4)] for k in range(8)])


class Mixture:
    """Batches of eight narrow Gaussians on a circle in the plane, as pictures of one pixel: (B, 2, 1, 1)."""

    def __getitem__(self, index, *, size=256):
        generator = seeded_generator(index)
        which = torch.randint(8, (size,), generator=generator)
        return [(MODES[which] + 0.02 * torch.randn(size, 2, generator=generator))[..., None, None]]


class Perceptron(nn.Module):
    """Two hidden layers, as convolutions of one pixel."""

    def __init__(self):
        super().__init__()
        hidden = (nn.Conv2d(2, 64, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 64, 1), nn.LeakyReLU(0.2))
        self.body, self.output = nn.Sequential(*hidden), nn.Conv2d(64, 2, 1)


class PlaneEncoder(Perceptron):
    def forward(self, x):
        return age.sphere(self.output(self.body(4 * x - 2)).flatten(1))


class PlaneGenerator(Perceptron):
    def forward(self, z):
        return torch.sigmoid(self.output(self.body(z[..., None, None])))


class Plane(nn.Module):
    latents = 2

    def __init__(self):
        super().__init__()
        with seeded_layers(0):
            self.encoder, self.generator = PlaneEncoder(), PlaneGenerator()


def test_on_a_mixture_the_samples_are_spread_as_the_data_and_the_maps_invert_each_other():
    """As Theorems 4.2 and 4.3 say of the saddle point, as far as means and deviations on the circle can tell."""
    rule = Game(latent_weight=10.0, generator_updates=1, reconstructing=True, bfloat16=False)
    trainer = AGETrainer(Plane(), Mixture(), rule, steps=400, encoder_rate=1.0, averaging=0.98)
    for _ in trainer.run():
        pass
    net = trainer.average
    (x,) = Mixture().__getitem__(10**6, size=2000)
    z = age.random_latents(2000, seeded_generator(1), latents=2)
    with torch.no_grad():
        samples, again = net.generator(z), net.generator(net.encoder(x))
        recovered = net.encoder(samples)
    assert (z * recovered).sum(1).mean() > 0.98
    assert (x - again).abs().mean() < 0.02
    flat, center = samples.flatten(1), torch.tensor([0.5, 0.5])
    shares = torch.bincount(torch.cdist(flat, MODES).argmin(1), minlength=8) / len(flat)
    assert shares.min() > 0.08 and shares.max() < 0.18
    assert ((flat - center).norm(dim=1) - 0.3).abs().mean() < 0.03
    torch.testing.assert_close(torch.cov(flat.T), torch.cov(x.flatten(1).T), atol=0.01, rtol=0)
