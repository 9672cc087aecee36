"""Perceptual discriminators: the game, the networks, edits of photos, training, the slow method, the shipped nets."""

import csv
import math
import zipfile
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from convgen import images, weights
from convgen import perceptual_gan as pg
from convgen.descriptor import load_descriptor
from convgen.face_finder import celeba_square, find_faces, square_to_photo
from convgen.perceptual_gan.attributes import SQUARE, feather
from convgen.perceptual_gan.commands import train_edits
from convgen.perceptual_gan.data import Pairs, load_labelled, seen_by
from convgen.perceptual_gan.edit import AROUND
from convgen.perceptual_gan.interpolation import LAYERS, deep_features
from convgen.perceptual_gan.objective import fake_term, of_target, real_term
from convgen.perceptual_gan.training import ALONE, EditTrainer, rate_of
from convgen.runtime import seeded_generator, uniform_noise
from convgen.training.runs import load_tensors

ROOT = Path(__file__).parents[1]
PORTRAIT = ROOT / "assets" / "photos" / "grace_hopper_portrait.jpg"


def noise(*shape, seed=0):
    return uniform_noise(shape, seeded_generator(seed))


def tiny(domains=2, **settings):
    return pg.EditGenerator(domains=domains, widths=(8, 8, 8), blocks=1, **settings)


def moved(net, *, seed=0, size=0.05):
    """A generator whose outputs do not start at zero."""
    for place, layer in enumerate(net.output):
        layer.weight.data.copy_(size * torch.randn(layer.weight.shape, generator=seeded_generator(seed + place)))
    return net


# ---- the game


def test_log_probability_worked_by_hand():
    main, places = torch.tensor([0.0, math.log(3)]), torch.tensor([[[0.0, 0.0]], [[0.0, math.log(3)]]])
    expected = [2 * math.log(0.5), math.log(0.75) + (math.log(0.5) + math.log(0.75)) / 2]
    assert pg.log_probability([main, places]).tolist() == pytest.approx(expected)


def test_the_three_forms_of_the_game_worked_by_hand():
    real, fake = [torch.tensor([2.0])], [torch.tensor([[[0.0, -2.0]]])]
    log = lambda a: -math.log(1 / (1 + math.exp(-a)))  # noqa: E731
    wanted = {
        "non_saturating": (log(2) + (log(0) + log(2)) / 2, (log(0) + log(-2)) / 2),
        "hinge": (0.5, 1.0),
        "lsgan": (1 + 2.0, (1 + 9) / 2),
    }
    for game, (judge, player) in wanted.items():
        assert pg.discriminator_loss(real, fake, game=game).item() == pytest.approx(judge), game
        assert pg.generator_loss(fake, game=game).item() == pytest.approx(player), game
        total = real_term(real, game=game) + fake_term(fake, game=game)
        torch.testing.assert_close(pg.discriminator_loss(real, fake, game=game), total)
    for loss in (lambda: pg.generator_loss(fake, game="wgan"), lambda: pg.discriminator_loss(real, fake, game="wgan")):
        with pytest.raises(ValueError, match="game must be one of non_saturating, hinge, lsgan, got 'wgan'"):
            loss()


def test_identity_cycle_and_smoothness_worked_by_hand():
    x = torch.zeros(2, 3, 4, 4)
    assert pg.identity_loss(x + 0.51, x, weight=2.0).tolist() == pytest.approx([1.0, 1.0])  # |d| - beta / 2
    assert pg.cycle_loss(x + 0.5, x, weight=4.0).tolist() == pytest.approx([2.0, 2.0])
    slope = torch.arange(4.0).expand(1, 2, 4, 4)
    assert pg.smoothness_loss(slope, weight=3.0).item() == pytest.approx(3.0)
    assert pg.smoothness_loss(torch.ones(1, 2, 4, 4)).item() == 0


def test_logits_of_the_target_domain():
    logits = [torch.arange(4.0).reshape(2, 2), torch.arange(8.0).reshape(2, 2, 1, 2)]
    main, places = of_target(logits, torch.tensor([1, 0]))
    assert main.tolist() == [1, 2]
    assert places.tolist() == [[[2, 3]], [[4, 5]]]


# ---- networks


@pytest.fixture(scope="module", params=[False, True])
def features(request):
    return pg.PerceptualFeatures(star=request.param)


def test_perceptual_features_are_those_of_the_descriptor_and_frozen(features):
    x = noise(2, 3, 32, 48)
    found = features(x)
    assert [tuple(f.shape) for f in found] == [(2, c, 32 >> i, 48 >> i) for i, c in enumerate((64, 128, 256, 512))]
    assert not any(p.requires_grad for p in features.parameters())
    star = isinstance(features.blocks[0][1], torch.nn.LeakyReLU)
    if star:
        assert found[0].min() < 0
    else:
        wanted = load_descriptor()(x, ("relu1_2", "relu4_3"))
        torch.testing.assert_close(found[0], wanted["relu1_2"])
        torch.testing.assert_close(found[3], wanted["relu4_3"])
    features.calibrate(x)
    assert [f.square().mean().sqrt().item() for f in features(x)] == pytest.approx([1] * 4, rel=1e-4)


@pytest.mark.parametrize("size", [(16, 16), (32, 64)])
def test_discriminators_judge_the_whole_and_every_place(size):
    height, width = size
    x = noise(2, 3, height, width)
    channels = (8, 8, 16, 16)
    maps = [noise(2, c, height >> i, width >> i) for i, c in enumerate(channels)]
    ours = pg.PerceptualDiscriminator(channels=channels, domains=3)(maps)
    assert [tuple(one.shape) for one in ours] == [(2, 3), *((2, 3, height >> i, width >> i) for i in (1, 2, 3))]
    plain = pg.PlainDiscriminator(domains=3, width=8)(x)
    assert [one.shape for one in plain] == [one.shape for one in ours]


@pytest.mark.parametrize("size", [(16, 16), (24, 40)])
def test_a_generator_begins_as_the_identity(size):
    net, x = tiny(domains=3), noise(2, 3, *size)
    change = net(x, F.one_hot(torch.tensor([0, 2]), 3))
    assert change.flow.shape == (2, 2, *size)
    assert change.residual.shape == x.shape
    torch.testing.assert_close(change.applied(x, 1.5), x, atol=1e-5, rtol=0)


def test_a_generator_refuses_other_shapes_and_is_the_same_for_a_seed():
    net = tiny()
    one = F.one_hot(torch.tensor([0]), 2)
    with pytest.raises(ValueError, match=r"images must be .*, H and W multiples of 8, got \(1, 3, 20, 16\)"):
        net(noise(1, 3, 20, 16), one)
    with pytest.raises(ValueError, match=r"targets must be \(2, 2\), got \(1, 2\)"):
        net(noise(2, 3, 16, 16), one)
    state = torch.random.get_rng_state()
    again = tiny()
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))


def test_warp_moves_pictures_and_the_target_matters():
    x = noise(1, 3, 16, 16)
    flow = torch.zeros(1, 2, 16, 16)
    flow[:, 0] = 2
    torch.testing.assert_close(pg.warp(x, flow)[..., :13], x[..., 2:15], atol=1e-4, rtol=0)
    net = moved(tiny())
    ways = [net(x, F.one_hot(torch.tensor([d]), 2)).residual for d in (0, 1)]
    assert not torch.allclose(*ways)


# ---- edits


def edit_of(attribute, **settings):
    kind = pg.ATTRIBUTES[attribute]
    return pg.Edit(moved(tiny(len(kind.domains)), **settings).eval().requires_grad_(False), kind.window)


def test_changes_of_a_window_stay_in_it_and_grow_with_strength():
    edit, square = edit_of("smile"), noise(1, 3, SQUARE, SQUARE)
    w = edit.window
    once, twice = (pg.edited_square(edit, square, 1, k) - square for k in (0.5, 1.0))
    outside = torch.ones(SQUARE, SQUARE, dtype=torch.bool)
    outside[w.top : w.top + w.side, w.left : w.left + w.side] = False
    assert once.abs().amax((0, 1))[outside].max() < 1e-5
    assert 0 < once.abs().mean() < twice.abs().mean()
    wide = pg.square_change(edit_of("hair"), noise(2, 3, SQUARE + 64, SQUARE + 64), 0, margin=32)
    assert wide.flow.shape == (2, 2, 192, 192)
    assert wide.residual[..., 0, :].abs().max() < 0.05 * wide.residual.abs().max()
    assert not wide.residual[..., 32 + 112 + 24 :, :].any()


def test_edits_one_after_the_other_are_one_change():
    edits = {name: edit_of(name, seed=place) for place, name in enumerate(("gender", "smile"))}
    # smooth, so that resampling twice loses nothing
    square = F.interpolate(noise(1, 3, 8, 8), (SQUARE, SQUARE), mode="bicubic").clamp(0.2, 0.8)
    strengths = {"masculine": -0.5, "smile": 1.0, "older": 0.0}
    one = pg.edited_square(edits["gender"], square, 0, 0.5)
    two = pg.edited_square(edits["smile"], one, 1, 1.0)
    together = pg.combined_change(edits, square, strengths).applied(square)
    assert (two - square).abs().mean() > 0.005
    assert (together - two).abs().mean() < 0.05 * (two - square).abs().mean()


def test_sliders_name_domains_and_refuse_sides_that_they_lack():
    assert pg.SLIDERS["smile"].target(1.0) == 1
    assert pg.SLIDERS["older"].target(-0.3) == 1
    assert pg.SLIDERS["brown"].target(1.0) == 2
    with pytest.raises(ValueError, match="strength must be at least 0, got -1"):
        pg.SLIDERS["brown"].target(-1)
    for slider in pg.SLIDERS.values():
        for name in filter(None, (slider.above, slider.below)):
            assert name in pg.ATTRIBUTES[slider.attribute].domains


@pytest.fixture(scope="module")
def portrait():
    photo = images.open_picture(PORTRAIT)
    return photo, find_faces(photo)[0]


def test_an_edit_changes_nothing_far_from_the_face(portrait):
    photo, face = portrait
    edits = {"smile": edit_of("smile"), "hair": edit_of("hair")}
    after = pg.edit_photo(photo, edits, [(face, {"smile": 1.0, "black": 1.0})])
    assert after.size == photo.size
    changed = np.abs(np.asarray(after, int) - np.asarray(photo, int)).max(-1) > 0
    matrix = square_to_photo(face, side=SQUARE)
    corners = np.array([[x, y, 1] for x in (-AROUND, SQUARE + AROUND) for y in (-AROUND, SQUARE + AROUND)]) @ matrix.T
    left, top = np.floor(corners.min(0)).astype(int)
    right, bottom = np.ceil(corners.max(0)).astype(int)
    assert changed[max(0, top) : bottom, max(0, left) : right].mean() > 0.3
    changed[max(0, top) : bottom, max(0, left) : right] = False
    assert not changed.any()
    assert pg.edit_photo(photo, edits, [(face, {"smile": 0.0})]).tobytes() == photo.tobytes()
    assert pg.change_map(photo, after).size == photo.size


def test_an_edit_at_the_size_of_the_square_is_the_networks_own():
    """Where photo and square coincide, what is pasted is what the network makes."""
    edit = edit_of("smile")
    square = F.interpolate(noise(1, 3, 16, 16), (SQUARE, SQUARE), mode="bicubic").clamp(0, 1)
    pixels = np.array(images.to_picture(square))
    change = pg.square_change(edit, images.to_tensor(Image.fromarray(pixels)), 1)
    pg.paste_change(pixels, change, np.array([[1.0, 0, 0], [0, 1, 0]]))
    wanted = pg.edited_square(edit, square, 1, 1.0)
    assert (images.to_tensor(Image.fromarray(pixels)) - wanted).abs().mean() < 1.5 / 255


def test_gray_stays_gray_and_alpha_stays(portrait):
    photo, face = portrait
    edits = {"smile": edit_of("smile"), "hair": edit_of("hair")}
    gray = photo.convert("L")
    assert pg.edit_photo(gray, edits, [(face, {"smile": 1.0})]).mode == "L"
    alike = pg.edit_photo(gray.convert("RGB"), edits, [(face, {"smile": 1.0})])
    assert alike.mode == "RGB"
    assert images.is_gray(alike)
    assert not images.is_gray(pg.edit_photo(gray, edits, [(face, {"blond": 1.0})]))
    alpha = Image.linear_gradient("L").resize(photo.size)
    clear = images.with_alpha(photo, alpha)
    done = pg.edit_photo(clear, edits, [(face, {"smile": 1.0})])
    assert done.mode == "RGBA"
    assert done.getchannel("A").tobytes() == alpha.tobytes()


def test_a_face_that_the_border_cuts_and_a_turned_one_are_edited(portrait):
    photo, face = portrait
    edits = {"gender": edit_of("gender")}
    left, top, right, bottom = (round(v) for v in face.box)
    cut = photo.crop((left + (right - left) // 4, top, right, bottom))
    for picture in (cut, photo.rotate(30)):
        for found in find_faces(picture)[:1]:
            done = pg.edit_photo(picture, edits, [(found, {"masculine": 1.0})])
            assert done.size == picture.size
            assert done.tobytes() != picture.tobytes()


@pytest.mark.parametrize("size", [(120, 90), (64, 200)])
def test_translate_keeps_size_and_alpha(size):
    edit = pg.Edit(moved(tiny()).eval().requires_grad_(False), pg.ATTRIBUTES["gender"].window)
    picture = images.to_picture(noise(3, *size[::-1])).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(size))
    done = pg.translate(picture, edit, 1, 0.5)
    assert done.size == size
    assert done.getchannel("A").tobytes() == picture.getchannel("A").tobytes()
    assert done.convert("RGB").tobytes() != picture.convert("RGB").tobytes()
    assert pg.translate(picture.convert("RGB"), edit, 1, 0.0).tobytes() == picture.convert("RGB").tobytes()


def test_the_square_with_a_margin_shows_the_square_in_its_middle(portrait):
    photo, face = portrait
    small = np.asarray(celeba_square(photo, face), int)
    large = np.asarray(celeba_square(photo, face, margin=16), int)
    assert large.shape == (160, 160, 3)
    apart = [np.abs(np.roll(large, by, 1)[16:-16, 16:-16] - small).mean() for by in (0, 1)]
    assert apart[0] < 5 < 10 < apart[1]


def test_feather_is_one_inside_and_falls_to_the_border():
    mask = feather(64)
    assert mask[32, 32] == 1
    assert mask[0, 32] == pytest.approx(0.1)
    assert torch.equal(mask, mask.T)


# ---- data and training


def test_pairs_agree_in_what_is_matched_and_swap_their_domains():
    pictures = torch.randint(256, (40, 3, 24, 24), dtype=torch.uint8, generator=seeded_generator(0))
    pictures[:, 0] = torch.arange(40, dtype=torch.uint8)[:, None, None]  # a picture is known by its red
    domains, strata = [n % 2 for n in range(40)], [n // 2 % 3 for n in range(40)]
    pairs = Pairs(pictures, domains, strata, batch=6, margin=4, seed=3)
    for index in range(5):
        x, own, targets = pairs[index]
        assert x.shape == (6, 3, 16, 16)
        rows = (x[:, 0, 0, 0] * 255).round().int().tolist()
        assert own.tolist() == [domains[row] for row in rows]
        assert targets.tolist() == [1 - d for d in own.tolist()]
        assert all(strata[a] == strata[b] for a, b in zip(rows[::2], rows[1::2], strict=True))
    assert torch.equal(pairs[2][0], pairs[2][0])
    assert Pairs(pictures, domains, strata, margin=4, zoom=1.5)[0][0].shape == (8, 3, 16, 16)
    with pytest.raises(ValueError, match="batch must be an even number from 2 on, got 3"):
        Pairs(pictures, domains, strata, batch=3)
    with pytest.raises(ValueError, match=r"at least two domains, got \[0\]"):
        Pairs(pictures, [0] * 40, strata)


def striped(count):
    """Pictures of two domains: horizontal and vertical stripes."""
    x = noise(count, 3, 24, 24) * 0.2
    x[::2, :, ::4] += 0.7
    x[1::2, :, :, ::4] += 0.7
    return (255 * x.clamp(0, 1)).to(torch.uint8)


def trainer(steps=8, **settings):
    count = 16
    pairs = Pairs(striped(count), [n % 2 for n in range(count)], [0] * count, batch=4)
    judge = pg.PlainDiscriminator(domains=2, width=8)
    return EditTrainer(tiny(), judge, None, pairs, steps=steps, **{"trained": True} | settings)


def test_training_can_be_stopped_and_gone_on_with():
    whole = trainer()
    *_, last = whole.run()
    assert last.step == 8
    assert last.image.shape == (4, 3, 16, 16)
    first = trainer()
    run = first.run()
    for _ in islice(run, 5):
        pass
    run.close()
    second = trainer()
    second.resume(first.state())
    list(second.run())
    for a, b in zip(whole.average.parameters(), second.average.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("settings", [{"game": "lsgan"}, {"cycle_weight": 5.0}, {"feather": True}])
def test_training_moves_the_generator(settings):
    state = torch.random.get_rng_state()
    game = trainer(steps=6, **settings)
    for progress in game.run():
        assert all(math.isfinite(value) for value in progress.losses.values())
    assert torch.equal(state, torch.random.get_rng_state())
    assert progress.losses["change"] > 0
    assert ("cycle" in progress.losses) == ("cycle_weight" in settings)


def test_a_discriminator_learns_alone_first():
    game = trainer(steps=60, trained=False)
    losses = [progress.losses for progress in islice(game.run(), ALONE)]
    assert all(one["change"] < 0.01 for one in losses)
    assert losses[-1]["real"] < losses[0]["real"]


def test_rates_rise_stay_and_fall():
    assert rate_of(0, 100) < rate_of(30, 100) == rate_of(59, 100) == 1
    assert rate_of(99, 100) < 0.06


@pytest.fixture(scope="module")
def small_set(tmp_path_factory):
    """A ZIP of faces in CelebA's framing, which are noise, and their table."""
    folder = tmp_path_factory.mktemp("faces")
    table, archive = folder / "table.csv", folder / "faces.zip"
    columns = sorted(set().union(*(kind.columns for kind in pg.ATTRIBUTES.values())))
    with zipfile.ZipFile(archive, "w") as file, table.open("w", newline="") as text:
        writer = csv.DictWriter(text, ["file", "partition", *columns])
        writer.writeheader()
        for n in range(24):
            picture = folder / f"{n:03}.jpg"
            images.to_picture(noise(3, SQUARE, SQUARE, seed=n)).save(picture)
            file.write(picture, picture.name)
            row = {column: str(n >> place & 1) for place, column in enumerate(columns)}
            hair = {
                name: str(int(n % 3 == place)) for place, name in enumerate(("Black_Hair", "Blond_Hair", "Brown_Hair"))
            }
            smiling = {"Smiling": str(n % 2), "Gray_Hair": "0"}
            writer.writerow({"file": picture.name, "partition": "0" if n < 16 else "1", **row, **hair, **smiling})
    return archive, table


def test_faces_are_seen_through_the_window(small_set):
    archive, table = small_set
    kind = pg.ATTRIBUTES["smile"]
    rows, faces = load_labelled(archive, table, kind, kind.window, partition="0", margin=4)
    assert faces.shape == (16, 3, 72, 72)
    assert {kind.domain(row) for row in rows} == {0, 1}
    square = Image.fromarray(np.random.default_rng(0).integers(0, 255, (SQUARE, SQUARE, 3), dtype=np.uint8))
    w = kind.window
    seen = seen_by(square, w, margin=4)
    part = np.asarray(square)[w.top - 4 : w.top + w.side + 4, w.left - 4 : w.left + w.side + 4]
    assert np.abs(seen.permute(1, 2, 0).numpy().astype(int) - part).max() <= 1
    with pytest.raises(ValueError, match="must be a table with a column named"):
        load_labelled(archive, ROOT / "assets" / "CREDITS.csv", kind, w, partition="0")


def test_the_command_trains_and_finishes(small_set, tmp_path):
    archive, table = small_set
    data = {"pictures": archive, "labels": table, "show": PORTRAIT.parent.parent / "textures"}
    size = {"steps": 2, "every": 2, "batch": 2, "pixels": 32, "discriminator": "plain"}
    train_edits("smile", out=tmp_path / "run", **data, **size)
    assert {p.name for p in (tmp_path / "run").iterdir()} >= {"net.safetensors", "net.json", "sheet.png", "losses.csv"}
    net = pg.EditGenerator(domains=2)
    net.load_state_dict(load_tensors(tmp_path / "run" / "net.safetensors"))
    with pytest.raises(ValueError, match="attribute must be one of smile, age, gender, hair"):
        train_edits("beard", out=tmp_path / "no", **data)
    with pytest.raises(ValueError, match="pixels must be a multiple of 8 from 32 on, got 20"):
        train_edits("smile", out=tmp_path / "no", **data, pixels=20)


# ---- the slow method


def test_mean_differences_move_features_towards_the_other_domain():
    descriptor = load_descriptor()
    bright, dark = 0.3 * noise(4, 3, SQUARE, SQUARE) + 0.6, 0.3 * noise(4, 3, SQUARE, SQUARE, seed=1)
    labels = {"Male": "0", "Young": "1", "Black_Hair": "0", "Brown_Hair": "0", "Gray_Hair": "0", "Eyeglasses": "0"}
    rows = [labels | {"Smiling": "1", "Blond_Hair": "1"}] * 4 + [labels | {"Smiling": "0", "Blond_Hair": "0"}] * 4
    rows[-1] = rows[-1] | {"Black_Hair": "1", "Male": "1", "Young": "0"}
    rows[-2] = rows[-2] | {"Brown_Hair": "1"}
    differences = pg.mean_differences(descriptor, [(torch.cat([bright, dark]), rows)])
    assert {key.split(".")[0] for key in differences} == set(pg.SLIDERS)
    features = [deep_features(descriptor, x) for x in (bright, dark)]
    for layer in LAYERS:
        wanted = features[0][layer].mean(0) - features[1][layer].mean(0)
        torch.testing.assert_close(differences[f"smile.{layer}"], wanted, atol=1e-2, rtol=1e-3)
    moves = {layer: differences[f"smile.{layer}"] for layer in LAYERS}
    run = pg.optimise_edit(descriptor, dark[:1], moves, strength=0.5, steps=4)
    first, *_, last = list(islice(run, 4))
    run.close()
    assert last.losses["total"] < first.losses["total"]
    found = deep_features(descriptor, last.image)["relu4_1"] - features[1]["relu4_1"][:1]
    assert F.cosine_similarity(found.flatten(), moves["relu4_1"].flatten(), dim=0) > 0.2
    with pytest.raises(ValueError, match="slider must be one of masculine, older"):
        pg.load_difference("beard")


# ---- the shipped nets


def shipped(*names):
    return pytest.mark.skipif(any(name not in weights.rows() for name in names), reason=f"{names} not in the table")


@shipped("edit-smile")
def test_the_shipped_smile_changes_the_mouth_and_says_so_of_one_who_smiles(portrait):
    photo, face = portrait
    edit = pg.load_edit("smile")
    square = images.to_tensor(celeba_square(photo, face))
    change = (pg.edited_square(edit, square, 1, 1.0) - square).abs().mean((0, 1))
    mouth, brow = change[85:112, 45:83].mean(), change[:50].mean()
    assert mouth > 10 / 255
    assert brow < 0.1 / 255
    smiling = images.open_picture(PORTRAIT.with_name("astronaut_portrait.jpg"))
    already = images.to_tensor(celeba_square(smiling, find_faces(smiling)[0]))
    assert (pg.edited_square(edit, already, 1, 1.0) - already).abs().mean() < 0.6 * change.mean()


def test_an_unknown_attribute_is_refused():
    with pytest.raises(ValueError, match=r"attribute must be one of smile, .*, fruit, got 'beard'"):
        pg.load_edit("beard")
