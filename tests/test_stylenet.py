"""Style networks: normalisation, generator, objective, optimiser, training, catalogue, command lines."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from terminal import command

from convgen import images, layers, recipes, stylenet, weights
from convgen.descriptor import Descriptor, load_descriptor
from convgen.stylenet import commands
from convgen.stylenet.network import StyleNet
from convgen.training import data, runs

ROOT = Path(__file__).parents[1]
PHOTOS = ROOT / "assets" / "photos"
TINY = {"widths": (6, 8, 8), "depths": (1, 1, 1), "photo_widths": (4,), "scales": 2}


@pytest.fixture(scope="module")
def descriptor():
    """VGG-16 with random weights: what a loss does does not depend on them."""
    return Descriptor()


@pytest.fixture
def photo():
    """(1, 3, 48, 64)."""
    return images.to_tensor(images.open_picture(PHOTOS / "coffee.jpg").resize((64, 48)))


@pytest.fixture
def objective(descriptor, photo):
    layers = {"relu1_1": 1.0, "relu2_1": 1.0}
    return stylenet.StyleObjective(descriptor, photo.flip(1).contiguous(), texture_layers=layers)


class Photos(torch.utils.data.Dataset):
    def __len__(self):
        return 100

    def __getitem__(self, index):
        return torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(index))


# ---- normalisation


def test_instance_normalisation_by_hand():
    x = torch.tensor([[[[1.0, 3.0]]], [[[10.0, 30.0]]]])
    norm = layers.normalisation("instance", 1)
    for batch in (x, x[:1], x[1:]):
        torch.testing.assert_close(norm(batch).flatten(1), torch.tensor([[-1.0, 1.0]] * len(batch)), atol=1e-4, rtol=0)


def test_batch_normalisation_sees_the_whole_batch():
    x = torch.tensor([[[[1.0, 3.0]]], [[[10.0, 30.0]]]])
    values = layers.normalisation("batch", 1)(x)
    assert values.mean().item() == pytest.approx(0, abs=1e-6)
    assert values[0].mean() < -0.5 < 0.5 < values[1].mean()


def test_an_unknown_normalisation_is_named():
    with pytest.raises(ValueError, match="normalisation must be one of instance, batch, got 'layer'"):
        StyleNet(normalisation="layer")


# ---- generator


@pytest.mark.parametrize("size", [(1, 1), (1, 70), (31, 33), (48, 64)])
def test_any_size_comes_back_as_it_went_in(size):
    picture = stylenet.stylize(StyleNet(**TINY).eval(), torch.rand(1, 3, *size))
    assert picture.shape == (1, 3, *size)
    assert picture.dtype == torch.float32
    assert picture.min() >= 0 and picture.max() <= 1


def test_the_same_seed_gives_the_same_picture_and_leaves_the_global_stream_alone(photo):
    net = StyleNet(**TINY).eval()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first, again, other = (stylenet.stylize(net, photo, seed=seed) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_noise_scale_is_the_strength_of_the_noise(photo):
    net = StyleNet(**TINY).eval()
    none, little, much = (stylenet.stylize(net, photo, noise_scale=k) for k in (0.0, 0.1, 3.0))
    assert torch.equal(none, stylenet.stylize(net, photo, noise_scale=0.0, seed=9))
    assert (none - little).abs().mean() < (none - much).abs().mean()


def test_noise_enters_at_every_scale(photo):
    net = StyleNet(**TINY).eval()
    noise = net.noise(torch.Generator().manual_seed(0), size=(48, 64), batch=2)
    assert [tuple(maps.shape) for maps in noise] == [(2, 1, 12, 16), (2, 1, 24, 32)]
    assert all(-1 <= maps.min() < -0.9 and 0.9 < maps.max() <= 1 for maps in noise)
    photos = photo.repeat(2, 1, 1, 1)
    picture = net(photos, noise)
    assert picture.shape == photos.shape
    for place, maps in enumerate(noise):
        other = [torch.zeros_like(maps) if place == k else one for k, one in enumerate(noise)]
        assert not torch.equal(net(photos, other), picture)


def test_the_photo_enters_up_to_a_quarter(photo):
    net = StyleNet(widths=(6, 8, 8, 8), depths=(1, 1, 1, 1), photo_widths=(4, 4), scales=3).eval()
    noise = net.noise(torch.Generator().manual_seed(0), size=(48, 64))
    changed = []
    for module in net.entrances:
        seen = []
        hook = module.register_forward_hook(lambda module, inputs, output, seen=seen: seen.append(inputs[0]))
        net(photo, noise)
        net(photo.flip(3), noise)
        hook.remove()
        changed.append(not torch.equal(*seen))
    assert changed == [True, True, False]


def test_widths_and_depths_are_one_a_scale():
    with pytest.raises(ValueError, match="depths must be 5 numbers, got 2"):
        StyleNet(depths=(1, 1))


# ---- colours


def test_kept_colours_have_the_new_brightness_and_the_old_hue():
    photo = torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1)
    stylized = torch.full((1, 3, 1, 1), 0.6)
    kept = stylenet.keep_colors(stylized, photo)
    brightness = (kept.flatten() * torch.tensor([0.299, 0.587, 0.114])).sum()
    assert brightness.item() == pytest.approx(0.6, abs=1e-6)
    torch.testing.assert_close(kept[:, 0] - kept[:, 2], photo[:, 0] - photo[:, 2])


# ---- objective and the slow method


def test_the_total_is_the_weighted_sum(descriptor, photo):
    weights = {"texture": 1.0, "regularity": 2.0, "content": 3.0, "variation": 5.0}
    given = {f"{name}_weight": weight for name, weight in weights.items() if name != "texture"}
    objective = stylenet.StyleObjective(descriptor, photo.flip(3), **given)
    terms = objective.terms(photo.roll(7, 3), objective.content(photo))
    assert terms.keys() == {"total", *weights}
    total = sum(weight * terms[name] for name, weight in weights.items())
    torch.testing.assert_close(terms["total"], total, atol=1e-5, rtol=1e-5)


def test_the_photo_itself_has_no_content_loss_and_the_style_no_texture_loss(descriptor, photo):
    objective = stylenet.StyleObjective(descriptor, photo)
    terms = objective.terms(photo, objective.content(photo))
    assert terms["content"].item() == 0
    assert terms["texture"].item() < 1e-3


def test_a_packed_style_is_the_same_objective(descriptor, photo):
    objective = stylenet.StyleObjective(descriptor, photo.flip(1))
    packed = stylenet.StyleObjective(descriptor, objective.packed())
    content = objective.content(photo)
    for name, term in objective.terms(photo, content).items():
        torch.testing.assert_close(packed.terms(photo, content)[name], term, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match=r"the statistics must have relu1_1\.size and relu1_1\.triangle, got relu2_1"):
        stylenet.StyleObjective(descriptor, {"relu2_1": torch.ones(1)})


def test_a_painting_is_brought_to_a_short_side():
    picture = images.open_picture(PHOTOS / "coffee.jpg").resize((90, 60))
    assert images.at_short_side(picture, size=30).shape == (1, 3, 30, 45)
    assert images.at_short_side(picture.convert("L"), size=90).shape == (1, 3, 90, 135)


def test_the_slow_method_lowers_the_objective_from_every_start(objective, photo):
    for start in (*stylenet.STARTS, photo.flip(2)):
        items = list(stylenet.optimise_style(objective, photo, start=start, steps=6))
        assert [item.step for item in items] == [1, 2, 3, 4, 5, 6]
        assert items[-1].image.shape == photo.shape
        assert items[-1].losses["total"] < items[0].losses["total"]
        assert items[-1].losses["evaluations"] >= 6


def test_the_slow_method_can_be_closed_and_is_repeatable(objective, photo):
    runs = []
    for _ in range(2):
        run = stylenet.optimise_style(objective, photo, steps=50, seed=2)
        runs.append([next(run).image for _ in range(2)][-1])
        run.close()
    assert torch.equal(*runs)


def test_a_start_is_a_known_word_or_a_picture_like_the_photo(objective, photo):
    with pytest.raises(ValueError, match="start must be a picture or one of noise, photo, got 'blank'"):
        next(stylenet.optimise_style(objective, photo, start="blank"))
    with pytest.raises(ValueError, match=r"start must be \(1, 3, 48, 64\) like the photo, got \(1, 3, 8, 8\)"):
        next(stylenet.optimise_style(objective, photo, start=torch.zeros(1, 3, 8, 8)))


# ---- training


def trainer(objective, *, net=None, **settings):
    net = net or StyleNet(**TINY)
    return stylenet.StyleTrainer(net, objective, Photos(), bfloat16=False, **{"steps": 12, **settings})


@pytest.mark.parametrize("kind", layers.NORMALISATIONS)
def test_training_lowers_the_objective(objective, kind):
    losses = [
        item.losses["total"]
        for item in trainer(objective, net=StyleNet(**TINY, normalisation=kind), batch=2, steps=30).run()
    ]
    assert sum(losses[-5:]) < 0.95 * sum(losses[:5])


def test_a_resumed_run_ends_where_an_unbroken_one_does(objective):
    whole = trainer(objective)
    list(whole.run())
    first = trainer(objective)
    run = first.run()
    for _ in range(5):
        next(run)
    run.close()
    state = {key: value.clone() for key, value in first.state().items()}
    second = trainer(objective)
    second.resume(state)
    assert second.step == 5
    list(second.run())
    for key, value in whole.state().items():
        torch.testing.assert_close(second.state()[key], value, msg=key)


def test_a_checkpoint_of_another_network_is_refused(objective):
    state = trainer(objective, net=StyleNet(**{**TINY, "widths": (6, 8, 10)})).state()
    with pytest.raises(ValueError, match="network with other arguments"):
        trainer(objective).resume(state)
    with pytest.raises(ValueError, match="at step 20 of at most 12"):
        trainer(objective).resume({**trainer(objective).state(), "step": torch.tensor(20)})


def test_diversity_takes_samples_apart(objective):
    distances = {}
    for diversity in (0.0, 2.0):
        items = list(trainer(objective, samples=2, diversity=diversity, steps=40).run())
        distances[diversity] = sum(item.losses["distance"] for item in items[-10:]) / 10
    assert distances[2.0] > 1.25 * distances[0.0]


def test_diversity_needs_samples_and_training_needs_photos(objective):
    with pytest.raises(ValueError, match=r"samples must be at least 2 for a diversity of 0\.1, got 1"):
        trainer(objective, diversity=0.1)
    with pytest.raises(ValueError, match=r"at least steps \* batch = 200 items, got 100"):
        trainer(objective, steps=200)


def test_crops_are_always_the_same_and_differ_from_each_other():
    crops, again = (data.Crops(PHOTOS, size=40, length=5, seed=seed) for seed in (1, 1))
    assert all(torch.equal(crops[i], again[i]) for i in range(5))
    assert not torch.equal(crops[0], crops[1])
    assert not torch.equal(crops[0], data.Crops(PHOTOS, size=40, length=5, seed=2)[0])
    assert crops[0].shape == (3, 40, 40)
    with pytest.raises(IndexError):
        crops[5]


def test_crops_show_a_photo_as_large_as_it_is_asked_to_be(tmp_path):
    ramp = torch.linspace(0, 1, 256).expand(1, 3, 256, 256)
    images.to_picture(ramp).save(tmp_path / "ramp.png")
    for side in (64, 128):
        crop = data.Crops(tmp_path, size=32, length=1, sides=(side, side))[0]
        assert (crop.max() - crop.min()).item() == pytest.approx(31 / side, abs=0.02)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must hold pictures"):
        data.pictures_in(tmp_path)


# ---- command lines


def test_the_command_line_says_what_mends_a_missing_network(tmp_path, monkeypatch):
    shutil.copy(weights.FOLDER / "index.json", tmp_path)
    monkeypatch.setitem(weights.load_into.__kwdefaults__, "folder", tmp_path)
    photo = PHOTOS / "coffee.jpg"
    done = command("-m", "convgen.stylenet", photo, "--style", "starry-night", "--out", tmp_path / "out")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "git restore" in done.stderr and "stylenet-starry-night.safetensors is missing" in done.stderr


@pytest.fixture
def pictures(tmp_path):
    """A folder of two small pictures and a file that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("cat_chelsea", "coffee"):
        images.open_picture(PHOTOS / f"{name}.jpg").resize((40, 32)).save(folder / f"{name}.png")
    (folder / "broken.png").write_text("no picture")
    return folder


def test_a_run_of_the_trainer_can_be_stopped_resumed_and_kept(tmp_path, pictures):
    (pictures / "broken.png").unlink()
    out, folder = tmp_path / "run", tmp_path / "weights"
    folder.mkdir()
    flags = ["--style", pictures / "coffee.png", "--content", pictures, "--show", pictures, "--out", out]
    flags += ["--size", 32, "--style-size", 32, "--every", 2]
    for steps in (2, 3):
        done = command("-m", "convgen.train", "stylenet", *flags, "--steps", steps)
        assert done.returncode == 0, done.stderr
    assert [line.split(",")[0] for line in (out / "losses.csv").read_text().split()] == ["step", "2", "3"]
    assert images.open_picture(out / "sheet.png").width > 100
    facts = json.loads((out / "net.json").read_text())
    assert facts["training_command"].startswith("python -m convgen.train stylenet --style ")
    assert facts["scores"].keys() == {"total", "texture", "regularity", "content", "variation"}
    flags = ["--trained-on", "two pictures", "--style", "toy-style", "--painting", "a photo", "--folder", folder]
    done = command("-m", "convgen.train", "keep", out, "toy", *flags)
    assert done.returncode == 0, done.stderr
    weights.load_into(StyleNet(**weights.find("toy", folder=folder).arguments), "toy", folder=folder)
    assert weights.find("toy-style", folder=folder).arguments["content_weight"] == 1.0
    assert weights.read("toy-style", folder=folder)["relu1_1.triangle"].shape == (64 * 65 // 2,)


def test_mistakes_on_the_trainers_command_line_are_one_sentence(tmp_path, pictures):
    flags = ["--content", pictures, "--out", tmp_path / "run"]
    done = command("-m", "convgen.train", "stylenet", "--style", tmp_path / "missing.png", *flags)
    assert done.returncode == 2
    assert "missing.png" in done.stderr and "Traceback" not in done.stderr
    flags += ["--style", pictures / "coffee.png", "--normalisation", "layer"]
    done = command("-m", "convgen.train", "stylenet", *flags)
    assert done.returncode == 1
    assert done.stderr == "normalisation must be one of instance, batch, got 'layer'\n"


def test_folders_are_stylized_from_the_command_line(tmp_path, pictures):
    out = tmp_path / "out"
    style = next(iter(stylenet.STYLES))
    done = command("-m", "convgen.stylenet", pictures, "--style", style, "--out", out, "--size", 32)
    assert done.returncode == 1, done.stderr  # one of them is broken
    assert sorted(path.name for path in out.iterdir()) == [f"cat_chelsea-{style}.png", f"coffee-{style}.png"]
    assert images.open_picture(out / f"coffee-{style}.png").size == (32, 25)
    again = tmp_path / "again"
    (pictures / "inner").mkdir()
    (pictures / "inner" / "coffee.png").write_bytes((pictures / "coffee.png").read_bytes())
    both = [pictures, pictures / "inner" / "coffee.png", "--size", 32]
    done = command("-m", "convgen.stylenet", *both, "nowhere.png", "--style", style, "--out", again)
    assert done.returncode == 1  # two of them failed, the others are there
    assert "nowhere.png: there is no such file" in done.stderr
    assert {path.relative_to(again).as_posix() for path in again.rglob("*.png")} == {
        f"{name}-{style}.png" for name in ("coffee", "inner/coffee", "cat_chelsea")
    } | {f"coffee-{style}-2.png"}
    assert "broken.png: This file is not a picture" in done.stderr
    done = command("-m", "convgen.stylenet", pictures, "--style", "nobody", "--out", out)
    assert done.returncode == 2
    assert done.stderr.startswith("style must be one of") and "Traceback" not in done.stderr
    done = command("-m", "convgen.stylenet", pictures, "--style", style, "--out", out, "--noise-scale", "nan")
    assert done.returncode == 2 and done.stderr.startswith("--noise-scale must be a finite number")


def test_broken_photographs_are_named_and_left_out(tmp_path, capsys):
    whole = (PHOTOS / "coffee.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole)
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("no picture")
    crops = data.Crops(tmp_path, size=32, length=2)
    assert [file.name for file in crops.files] == ["a.jpg"] and crops[1].shape == (3, 32, 32)
    told = capsys.readouterr().err
    assert "cut.jpg is left out" in told and "text.png is left out" in told
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(ValueError, match="must hold pictures that can be read"):
        data.Crops(tmp_path, size=32, length=2)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_that_spreadsheets_wrote_are_read(tmp_path, mark):
    (tmp_path / "a.csv").write_bytes(f"file{mark}partition\r\na.jpg{mark}0\r\n".encode("utf-8-sig"))
    assert data.labels_of(tmp_path / "a.csv", columns=["partition"])["a.jpg"]["partition"] == "0"


def test_a_run_s_folder_belongs_to_what_it_was_begun_with(tmp_path):
    one, other = PHOTOS / "coffee.jpg", PHOTOS / "sunset.jpg"
    runs.claim(tmp_path / "run", painting=one, attribute="smile")
    runs.claim(tmp_path / "run", painting=one, attribute="smile")
    for wrong, name in (({"painting": other}, "painting"), ({"painting": one, "attribute": "age"}, "attribute")):
        with pytest.raises(ValueError, match=f"holds a run of another {name}: choose another folder"):
            runs.claim(tmp_path / "run", **wrong)
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a").write_text("1")
    runs.claim(tmp_path / "more", data=folder)
    (folder / "b").write_text("2")
    with pytest.raises(ValueError, match="of another data"):
        runs.claim(tmp_path / "more", data=folder)


# ---- catalogue


def test_every_style_has_its_nets_with_command_and_scores():
    rows = weights.rows()
    for name, style in stylenet.STYLES.items():
        for variant in ("", *style.variants):
            row = rows[f"stylenet-{name}" + (f"-{variant}" if variant else "")]
            run = recipes.find(row.recipe).runs[-1]
            assert run.command == "stylenet"
            assert row.scores["texture"] > 0
            assert (row.arguments["normalisation"] == "batch") == (variant == "batch")
            assert ("diversity" in run.options) == (variant == "diverse")


def test_shipped_nets_run_and_unknown_ones_are_named(photo):
    name = next(iter(stylenet.STYLES))
    net = stylenet.load_stylenet(name)
    assert not net.training
    assert stylenet.stylize(net, photo).std() > 0.05
    with pytest.raises(ValueError, match="style must be one of great-wave"):
        stylenet.load_stylenet("nobody")
    with pytest.raises(ValueError, match=rf"variant of {name} must be"):
        stylenet.load_stylenet(name, variant="blue")


def test_rates_of_the_command_reach_the_optimisers(tmp_path, monkeypatch):
    trainers = []
    monkeypatch.setattr(commands, "train_to_the_end", lambda trainer, *_, **__: trainers.append(trainer))
    monkeypatch.setattr(commands, "finish", lambda *_, **__: None)
    monkeypatch.setattr(commands, "scores", lambda *_: {})
    style = ROOT / "assets" / "textures" / "cells.jpg"
    commands.train_stylenet(style, PHOTOS, tmp_path, style_size=64, steps=1, lr=0.5, adam_lr=0.25, momentum=0.75)
    (trainer,) = trainers
    assert trainer.rates == [0.5, 0.25]
    muon, adam = (optimiser.param_groups[0] for optimiser in trainer.optimisers)
    assert (muon["lr"], muon["momentum"], adam["lr"]) == (0.5, 0.75, 0.25)


# ---- a painting that is learned


def test_a_net_learns_a_painting_from_the_nearest_one(tmp_path):
    vgg = load_descriptor()
    objective = stylenet.load_objective("udnie", vgg)
    assert stylenet.nearest_style(objective) == "udnie"
    start = stylenet.nearest_style(objective, besides="udnie")
    assert start != "udnie"
    learner = stylenet.StyleLearner(objective, start=start, size=96, seed=1)
    steps = list(learner.run(12, every=4))
    assert [progress.step for progress in steps] == [4, 8, 12] and learner.step == 12
    photo = images.to_tensor(images.open_picture(PHOTOS / "coffee.jpg").resize((128, 96)))
    before, after = (
        stylenet.scores(net, objective, [photo])["texture"] for net in (stylenet.load_stylenet(start), learner.net)
    )
    assert after < 0.97 * before
    stylenet.save_net(learner.net, tmp_path / "net.safetensors")
    again = stylenet.load_net(tmp_path / "net.safetensors")
    torch.testing.assert_close(stylenet.stylize(again, photo), stylenet.stylize(learner.net, photo), atol=0.02, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "changes", "sentence"),
    [
        ({"widths": [9] * 5}, {}, "not a style's network of this app"),
        ({"scales": "4" * 5000}, {}, "not a style's network of this app"),
        ({}, {"output.weight": torch.zeros(1)}, "does not hold the weights"),
        ({}, {"output.weight": None}, "not finite numbers"),
    ],
)
def test_files_of_other_networks_are_refused_in_one_sentence(tmp_path, arguments, changes, sentence):
    net, path = StyleNet(), tmp_path / "net.safetensors"
    tensors = net.state_dict() | changes
    if changes and changes["output.weight"] is None:
        tensors["output.weight"] = torch.full_like(net.state_dict()["output.weight"], float("nan"))
    facts = {"format": "convgen.stylenet.StyleNet", "arguments": json.dumps(net.arguments | arguments)}
    save_file(tensors, path, metadata=facts)
    with pytest.raises(ValueError, match=sentence):
        stylenet.load_net(path)
