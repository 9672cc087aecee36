"""Deep Image Prior: data terms by hand, networks, the loop, automatic stopping, presets, comparisons."""

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convgen import deep_image_prior as dip
from convgen import images
from convgen.deep_image_prior import problems, restore
from convgen.training import muon

ASSETS = Path(__file__).parents[1] / "assets"
SIZE = (24, 32)


@pytest.fixture
def photo():
    """A 64 x 96 photograph, (1, 3, 64, 96)."""
    picture = images.open_picture(ASSETS / "photos" / "coffee.jpg").resize((96, 64))
    return images.to_tensor(picture)


def tiny(task="denoise", **changes):
    """The fast settings with a network that steps in milliseconds."""
    return shrunk(dip.settings_for(task), **changes)


def shrunk(settings, **changes):
    return dataclasses.replace(
        settings, widths=(8, 8), skips=(4, 4), upsampling=settings.upsampling[:2], **{"window": 5, **changes}
    )


# ---- data terms


def test_energies_by_hand():
    image = torch.tensor([[[[0.0, 1.0], [1.0, 0.5]]]])
    observed = torch.tensor([[[[0.0, 0.0], [1.0, 1.0]]]])
    mask = torch.tensor([[[[1.0, 0.0], [1.0, 1.0]]]])
    assert problems.reconstruction_energy(image, observed).item() == pytest.approx(1.25 / 4)
    assert problems.inpainting_energy(image, observed, mask).item() == pytest.approx(0.25 / 4)


def test_super_resolution_energy_vanishes_for_flat_pictures_and_sees_an_offset():
    flat = torch.full((1, 3, 16, 24), 0.4)
    observed = torch.full((1, 3, 4, 6), 0.4)
    assert problems.super_resolution_energy(flat, observed, 4).item() == pytest.approx(0, abs=1e-12)
    assert problems.super_resolution_energy(flat + 0.1, observed, 4).item() == pytest.approx(0.01, rel=1e-4)


@pytest.mark.parametrize("factor", dip.FACTORS)
def test_lanczos_kernel_is_symmetric_and_sums_to_one(factor):
    taps = problems.lanczos_kernel(factor)
    assert taps.shape == (4 * factor,)
    assert taps.sum().item() == pytest.approx(1)
    assert torch.allclose(taps, taps.flip(0))
    outermost = math.sin(math.pi * 3 / 8) / (math.pi * 3 / 8) if factor == 2 else None
    if outermost is not None:  # first tap right of the centre of d by 2: x = 1/4, sinc(x) sinc(x / 2), not yet divided
        ratio = (taps[5] / taps[4]).item()
        lanczos = lambda x: math.sin(math.pi * x) / (math.pi * x) * math.sin(math.pi * x / 2) / (math.pi * x / 2)  # noqa: E731
        assert ratio == pytest.approx(lanczos(0.75) / lanczos(0.25), rel=1e-5)


def test_lanczos_downsample_keeps_a_ramp():
    ramp = torch.linspace(0, 1, 64).view(1, 1, 1, 64).expand(1, 1, 64, 64)
    small = problems.lanczos_downsample(ramp, 4)
    expected = ramp.view(1, 1, 64, 16, 4).mean(-1)[..., ::4, :]
    assert torch.allclose(small[..., 2:-2], expected[..., 2:-2], atol=1e-4)


def test_lanczos_downsample_refuses_other_sizes():
    with pytest.raises(ValueError, match=r"multiples of 4, got \(10, 16\)"):
        problems.lanczos_downsample(torch.zeros(1, 3, 10, 16), 4)


def test_pre_image_energy_is_relative():
    features = lambda image: {"layer": image * 3}  # noqa: E731
    target = features(torch.full((1, 3, 2, 2), 0.5))
    assert problems.pre_image_energy(torch.full((1, 3, 2, 2), 0.5), target, features).item() == 0
    assert problems.pre_image_energy(torch.zeros(1, 3, 2, 2), target, features).item() == pytest.approx(1)


# ---- problems


def test_problem_says_what_is_wrong():
    picture = torch.zeros(1, 3, *SIZE)
    with pytest.raises(ValueError, match=r"task must be one of denoise, jpeg, .*, got 'sharpen'"):
        dip.Problem("sharpen", picture)
    with pytest.raises(ValueError, match="at least 16 pixels on each side"):
        dip.Problem("denoise", picture[..., :1, :1])
    with pytest.raises(ValueError, match="nothing to fill in"):
        dip.Problem("inpaint", picture, mask=torch.ones(1, 1, *SIZE))
    with pytest.raises(ValueError, match="covers the whole picture"):
        dip.Problem("inpaint", picture, mask=torch.zeros(1, 1, *SIZE))
    with pytest.raises(ValueError, match=r"mask must be \(24, 32\) pixels"):
        dip.Problem("inpaint", picture, mask=torch.eye(8)[None, None])
    with pytest.raises(ValueError, match="two pictures"):
        dip.Problem("flash", picture)


def test_degradations(photo):
    noisy = dip.add_noise(photo * 0 + 0.5, sigma=25, seed=3)
    assert noisy.std().item() * 255 == pytest.approx(25, rel=0.05)
    assert dip.psnr(dip.compress(photo, quality=90), photo) > dip.psnr(dip.compress(photo, quality=5), photo) + 3
    assert dip.shrink(photo, factor=4).shape == (1, 3, 16, 24)
    assert dip.crop_to_multiple(photo[..., :61, :], 8).shape == (1, 3, 56, 96)
    assert dip.random_mask((64, 64), missing=0.3, seed=1).mean().item() == pytest.approx(0.7, abs=0.03)
    for damage in dip.DAMAGES:
        missing = 1 - dip.damage_mask((96, 128), damage=damage).mean().item()
        assert 0.01 < missing < 0.4, damage
    with pytest.raises(ValueError, match="damage must be one of text, scratches, hole, got 'fire'"):
        dip.damage_mask(SIZE, damage="fire")


@pytest.mark.parametrize(("damage", "hole"), [("text", "text"), ("scratches", "text"), ("hole", "region")])
@pytest.mark.parametrize("size", [(96, 128), (400, 300)])
def test_hole_of_tells_thin_damage_from_regions(damage, hole, size):
    assert dip.hole_of(dip.damage_mask(size, damage=damage)) == hole
    assert hole in dip.HOLES


BOX = (10, 8, 20, 16)
"""What is painted in the masks below."""


def mask_of(mode, ground, paint):
    mask = Image.new(mode, (48, 32), ground)
    mask.paste(paint, BOX)
    return mask


def mask_of_palette(*colours):
    mask = mask_of("P", 0, 1)
    mask.putpalette([value for colour in colours for value in colour])
    return mask


@pytest.mark.parametrize(
    "mask",
    [
        mask_of("L", 0, 255),
        mask_of("L", 0, 1),
        mask_of("L", 1, 2),
        mask_of("L", 0, 60),
        mask_of("L", 255, 128),
        mask_of("RGB", "black", "red"),
        mask_of("RGB", "black", (0, 0, 70)),
        mask_of("RGB", "white", "red"),
        mask_of("RGBA", (0, 0, 0, 0), (0, 0, 0, 90)),
        mask_of("1", 0, 1),
        mask_of("I;16", 0, 255),
        mask_of("I;16", 0, 1),
        mask_of("I;16", 0, 65535),
        mask_of_palette((0, 0, 0), (128, 0, 0)),
        mask_of_palette((0, 0, 0), (1, 1, 1)),
        mask_of_palette((255, 255, 255), (0, 128, 0)),
    ],
)
def test_whatever_is_not_the_background_of_a_mask_is_painted(mask, tmp_path):
    mask.save(tmp_path / "mask.png")
    painted = np.asarray(dip.painted_where(images.open_picture(tmp_path / "mask.png")))
    expected = np.zeros((32, 48), np.uint8)
    expected[8:16, 10:20] = 255
    assert np.array_equal(painted, expected)


def test_masks_of_many_colours_have_a_threshold_and_those_of_one_colour_are_whole_or_empty(tmp_path):
    mask_of("RGB", "black", "red").resize((480, 320)).save(tmp_path / "noisy.jpg", quality=40)
    assert 0 < len(images.open_picture(tmp_path / "noisy.jpg").getcolors(480 * 320)) > problems.FEW_COLORS
    left, top, right, bottom = dip.painted_where(images.open_picture(tmp_path / "noisy.jpg")).getbbox()
    assert np.abs(np.subtract((left, top, right, bottom), np.multiply(BOX, 10))).max() <= 10
    assert dip.painted_where(Image.new("L", (9, 9), 0)).getbbox() is None
    for colour in (1, 200, 255):
        assert dip.painted_where(Image.new("L", (9, 9), colour)).getextrema() == (255, 255)


# ---- networks


@pytest.mark.parametrize("network", [dip.SkipNet, dip.SlimNet])
@pytest.mark.parametrize("size", [(64, 64), (47, 33)])
@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_networks_keep_the_size(network, size, mode):
    levels = {"widths": (8, 8, 12), "skips": (4, 0, 4), "upsampling": (mode,) * 3}
    extra = {"kernels": (3, 5, 3)} if network is dip.SkipNet else {}
    x = network(in_channels=5, out_channels=1, **levels, **extra)(torch.rand(1, 5, *size))
    assert x.shape == (1, 1, *size)


def test_skipnet_of_the_thesis_has_two_million_weights():
    assert sum(p.numel() for p in dip.SkipNet().parameters()) == pytest.approx(2.2e6, rel=0.03)


def test_skipnet_refuses_unequal_lists_and_unknown_modes():
    with pytest.raises(ValueError):
        dip.SkipNet(widths=(8, 8), skips=(4,), kernels=(3, 3), upsampling=("nearest",) * 2)
    with pytest.raises(ValueError, match="padding must be one of reflect, zero, got 'wrap'"):
        dip.SkipNet(padding="wrap")
    with pytest.raises(ValueError, match="upsampling must be one of bilinear, nearest, got 'cubic'"):
        dip.SkipNet(upsampling=("cubic",) * 5)


# ---- presets


def test_thesis_preset_has_the_published_numbers():
    denoise = dip.settings_for("denoise", "thesis")
    assert (denoise.steps, denoise.lr, denoise.averaging, denoise.in_channels) == (1800, 0.01, 0.99, 32)
    assert dip.settings_for("super_resolution", "thesis", factor=4).steps == 2000
    assert dip.settings_for("super_resolution", "thesis", factor=8).steps == 4000
    assert dip.settings_for("missing_pixels", "thesis").lr == 0.001
    assert dip.settings_for("flash", "thesis").input == "guide"
    assert {dip.settings_for("inpaint", "thesis", hole=hole).steps for hole in dip.HOLES} == {6001, 5001, 3001}


def test_settings_for_lists_its_choices():
    with pytest.raises(ValueError, match="preset must be one of fast, thesis, got 'slow'"):
        dip.settings_for("denoise", "slow")
    with pytest.raises(ValueError, match="task must be one of denoise"):
        dip.settings_for("sharpen")


@pytest.mark.parametrize("task", dip.TASKS)
@pytest.mark.parametrize("preset", dip.PRESETS)
def test_every_preset_takes_a_step_on_every_task(task, preset, photo):
    small = photo[..., :32, :48]
    known = dip.random_mask((32, 48))
    extra = {
        "super_resolution": {"factor": 2},
        "inpaint": {"mask": known},
        "missing_pixels": {"mask": known},
        "flash": {"guide": small},
        "pre_image": {"features": lambda image: {"blur": torch.nn.functional.avg_pool2d(image, 4)}},
    }.get(task, {})
    problem = dip.Problem(task, small, **extra)
    settings = dataclasses.replace(dip.settings_for(task, preset), backtrack=True)
    first = next(dip.Restorer(problem, settings).run(1))
    assert first.image.shape == (1, 3, *problem.restored_size)
    assert first.image.min() >= 0 and first.image.max() <= 1


# ---- Muon


@pytest.mark.parametrize("shape", [(12, 40), (40, 12)])
def test_orthogonalised_has_singular_values_near_one(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(muon.orthogonalised(matrix))
    assert values.min() > 0.6 and values.max() < 1.3
    rotated = torch.linalg.svd(matrix, full_matrices=False)
    cosine = torch.nn.functional.cosine_similarity(
        muon.orthogonalised(matrix).flatten(), (rotated.U @ rotated.Vh).flatten(), dim=0
    )
    assert cosine > 0.97


def test_muon_refuses_vectors():
    with pytest.raises(ValueError, match=r"at least two dimensions, got \(3,\)"):
        muon.Muon([torch.nn.Parameter(torch.zeros(3))])


@pytest.mark.parametrize("size", [1.0, 8.0])
def test_muon_that_keeps_norms_turns_weights_by_the_rate_whatever_their_size(size):
    generator = torch.Generator().manual_seed(0)
    before = size * torch.randn(4, 2, 3, 3, generator=generator)
    weight = torch.nn.Parameter(before.clone())
    weight.grad = torch.randn(4, 2, 3, 3, generator=generator)
    muon.Muon([weight], lr=0.05, keep_norm=True).step()
    assert weight.norm().item() == pytest.approx(before.norm().item(), rel=1e-5)
    turned = (weight - before).norm() / before.norm()
    assert turned.item() == pytest.approx(0.05, rel=0.05)


def test_muon_that_keeps_norms_leaves_a_weight_without_gradient_alone():
    weight = torch.nn.Parameter(torch.ones(4, 2, 3, 3))
    weight.grad = torch.zeros_like(weight)
    muon.Muon([weight], lr=0.05, keep_norm=True).step()
    assert torch.allclose(weight, torch.ones_like(weight))


# ---- the loop


def run(problem, settings, steps=3, **options):
    return list(dip.Restorer(problem, settings, **options).run(steps))


def test_loss_falls_and_records_are_complete(photo):
    records = run(dip.Problem("denoise", dip.add_noise(photo), truth=photo), tiny(), steps=25)
    assert [r.step for r in records] == list(range(1, 26))
    assert records[-1].losses["energy"] < 0.7 * records[0].losses["energy"]
    assert set(records[-1].losses) == {"energy", "psnr", "psnr_average", "variance"}
    assert not records[-1].image.requires_grad
    assert records[-1].images["average"].shape == photo.shape


def test_same_seed_same_picture_whatever_runs_beside_and_the_global_stream_is_untouched(photo):
    problem = dip.Problem("denoise", photo)
    before = torch.random.get_rng_state()
    alone = run(problem, tiny(), seed=5)[-1].image
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.rand(7)
    mine = dip.Restorer(problem, tiny(), seed=5).run(3)
    other = dip.Restorer(problem, tiny(), seed=6).run(3)
    both = list(itertools.chain.from_iterable(zip(mine, other, strict=True)))
    assert torch.equal(both[-2].image, alone)
    assert not torch.equal(both[-1].image, alone)


def test_a_run_can_be_closed_half_way_and_continued(photo):
    problem = dip.Problem("denoise", photo)
    whole = run(problem, tiny(), steps=6)[-1].image
    restorer = dip.Restorer(problem, tiny())
    first = restorer.run(6)
    next(first), next(first)
    first.close()
    assert restorer.step == 2
    assert torch.equal(list(restorer.run(6))[-1].image, whole)


def test_known_pixels_are_kept_and_unknown_ones_never_looked_at(photo):
    mask = dip.random_mask(tuple(photo.shape[-2:]), seed=2)
    record = run(dip.Problem("missing_pixels", photo * mask, mask=mask), tiny("missing_pixels"))[-1]
    spoiled = run(dip.Problem("missing_pixels", photo * mask + (1 - mask), mask=mask), tiny("missing_pixels"))[-1]
    assert torch.equal(record.image * mask, photo * mask)
    assert torch.allclose(record.image, spoiled.image * (1 - mask) + photo * mask)


def test_gray_stays_gray_and_super_resolution_enlarges(photo):
    gray = photo.mean(1, keepdim=True)
    record = run(dip.Problem("super_resolution", gray[..., :33, :47], factor=2), tiny("super_resolution"))[-1]
    assert record.image.shape == (1, 1, 66, 94)


def test_backtracking_takes_the_good_weights_back(photo, monkeypatch):
    monkeypatch.setattr(restore, "BACKTRACK_EVERY", 2)
    restorer = dip.Restorer(dip.Problem("denoise", photo), tiny(backtrack=True, input_noise_std=0.0))
    list(restorer.run(20))
    good = restorer.average.clone()
    with torch.no_grad():
        for weight in restorer._network.parameters():
            weight.normal_(generator=torch.Generator().manual_seed(0))
    spoiled = list(restorer.run(22))[-1]
    recovered = list(restorer.run(24))[-1]
    assert dip.psnr(spoiled.image, photo) < dip.psnr(recovered.image, photo) - 3
    assert dip.psnr(recovered.image, good) > 15


def test_restarted_networks_are_averaged_and_the_first_is_as_alone(photo):
    problem = dip.Problem("denoise", photo)
    settings = tiny(restart_every=4, averaging=0.0)
    records = run(problem, settings, steps=10)
    alone = run(problem, tiny(averaging=0.0), steps=4)
    assert torch.equal(records[3].image, alone[3].image)
    assert torch.equal(records[6].images["average"], alone[3].image)
    assert torch.allclose(records[9].images["average"], (records[3].image + records[7].image) / 2)
    assert not torch.equal(records[3].image, records[7].image)


def test_learning_curves_rank_pictures_before_noise(photo):
    four = dip.curve_restorers(photo[..., :32, :32], shrunk(dip.curve_settings()))
    last = list(dip.learning_curves(four, 60))[-1]
    assert last.image.shape == (4, 3, 32, 32)
    assert tuple(last.losses) == dip.CURVES
    assert last.losses["image"] < last.losses["noise"] and last.losses["image"] < last.losses["shuffled"]


def test_learning_curves_go_on_where_they_were_left(photo):
    settings = shrunk(dip.curve_settings())
    whole = list(dip.learning_curves(dip.curve_restorers(photo, settings, seed=4), 5))
    four = dip.curve_restorers(photo, settings, seed=4)
    first = dip.learning_curves(four, 5)
    next(first), next(first)
    first.close()
    rest = list(dip.learning_curves(four, 5))
    assert [p.step for p in rest] == [3, 4, 5]
    assert torch.equal(rest[-1].image, whole[-1].image) and rest[-1].losses == whole[-1].losses
    assert list(dip.learning_curves(four, 5)) == []


# ---- automatic stopping


def test_variance_watch_finds_the_valley():
    generator = torch.Generator().manual_seed(0)
    picture, noise = torch.rand(1, 1, 16, 16, generator=generator), torch.randn(1, 1, 16, 16, generator=generator)
    watch = dip.VarianceWatch(window=10, patience=60)
    for step in range(300):
        learned = 1 - math.exp(-step / 20)
        noise_learned = 0.5 / (1 + math.exp((180 - step) / 15))
        watch.update(picture * learned + noise * noise_learned)
        if watch.stalled:
            break
    assert 100 < watch.best_step < 170
    assert watch.stalled and step < 299


def test_variance_watch_by_hand():
    watch = dip.VarianceWatch(window=2, patience=5)
    assert watch.update(torch.zeros(1, 1, 2, 2)) is False and watch.variance is None
    assert watch.update(torch.ones(1, 1, 2, 2)) is True
    assert watch.variance == pytest.approx(0.25)
    with pytest.raises(ValueError, match="window must be at least 2"):
        dip.VarianceWatch(window=1)


# ---- comparisons


def test_classical_methods_help(photo):
    known = dip.random_mask(tuple(photo.shape[-2:]), missing=0.5)
    noisy = dip.add_noise(photo, sigma=25)
    cases = {
        dip.Problem("denoise", noisy): ["Non-local means"],
        dip.Problem("missing_pixels", photo * known, mask=known): ["Telea", "Biharmonic"],
        dip.Problem("super_resolution", dip.shrink(photo), factor=4): ["Bicubic"],
        dip.Problem("flash", noisy, guide=photo): ["Guided filter", "Non-local means"],
    }
    for problem, names in cases.items():
        results = dip.compare(problem)
        assert [r.name for r in results] == names
        for result in results:
            assert result.image.shape == photo.shape
            assert dip.psnr(result.image, photo) > dip.psnr(noisy, photo)
