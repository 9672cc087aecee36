"""Texture networks: generators, objective, optimiser, training, learning live, files, exemplars, catalogue."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from terminal import command

from convgen import images, layers, recipes, texture_nets, weights
from convgen.descriptor import Descriptor
from convgen.optimise import minimise
from convgen.texture_nets import TextureNetV1, TextureNetV2, commands, exemplars

ROOT = Path(__file__).parents[1]
SHALLOW = {"relu1_1": 1.0, "relu2_1": 1.0}


def tiny_v1(**settings):
    return TextureNetV1(
        **{"widths": (6, 6, 4, 4), "depths": (1, 2, 1, 1), "noise_width": 3, "drawn_width": 5, "scales": 3, **settings}
    )


def tiny_v2(**settings):
    return TextureNetV2(**{"widths": (8, 8, 6, 4), "hidden": 16, **settings})


@pytest.fixture(scope="module")
def descriptor():
    """VGG-16 with random weights: what a loss does does not depend on them."""
    return Descriptor()


@pytest.fixture(scope="module")
def exemplar():
    """(1, 3, 48, 48)."""
    return images.at_short_side(exemplars.draw("cells"), size=48)


@pytest.fixture
def objective(descriptor, exemplar):
    return texture_nets.TextureObjective(descriptor, exemplar, layers=SHALLOW)


# ---- generators


@pytest.mark.parametrize("settings", [{}, {"whitening": False}, {"widths": (4,), "faithful": True}])
@pytest.mark.parametrize("size", [(1, 1), (1, 70), (31, 33), (48, 64)])
def test_any_size_comes_back(size, settings):
    net = tiny_v1(**settings)
    picture = texture_nets.sample(net.eval(), size=size)
    assert picture.shape == (1, 3, *size)
    assert picture.dtype == torch.float32
    assert picture.min() >= 0 and picture.max() <= 1


@pytest.mark.parametrize("batch", [1, 3])
def test_the_second_net_has_one_size(batch):
    net = tiny_v2()
    assert net.size == 32
    assert net(net.noise(torch.Generator(), batch=batch)).shape == (batch, 3, 32, 32)
    with pytest.raises(ValueError, match="size must be 32, the only one of TextureNetV2, got 40 x 32"):
        texture_nets.sample(net, size=(32, 40))


@pytest.mark.parametrize("kind", layers.NORMALISATIONS)
def test_a_sample_tiles(kind):
    """Noise that is moved around the edges gives the same texture, moved."""
    plain = {"normalisation": kind, "whitening": False}
    for settings in ({"normalisation": kind}, plain, {"widths": (4,), "faithful": True}):
        net = tiny_v1(**settings).eval()
        noise = net.noise(torch.Generator().manual_seed(0), size=(32, 48))
        moved = [maps.roll(2**place, 3) for place, maps in enumerate(noise)]
        with torch.no_grad():
            torch.testing.assert_close(net(moved), net(noise).roll(net.multiple, 3), atol=1e-5, rtol=0)


def test_the_same_seed_gives_the_same_texture_and_leaves_the_global_stream_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    for net in (tiny_v1(), tiny_v2()):
        first, again, other = (texture_nets.sample(net, seed=seed) for seed in (3, 3, 4))
        assert torch.equal(first, again)
        assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_half_way_between_two_seeds_is_neither():
    for net in (tiny_v1(), tiny_v2()):
        between = [texture_nets.sample_between(net, seeds=(1, 2), at=at) for at in (0.0, 0.5, 1.0)]
        torch.testing.assert_close(between[0], texture_nets.sample(net, seed=1))
        torch.testing.assert_close(between[2], texture_nets.sample(net, seed=2), atol=1e-5, rtol=1e-5)
        assert (between[1] - between[0]).abs().mean() > 1e-4


def test_the_faithful_net_has_8_to_40_channels():
    net = TextureNetV1(faithful=True)
    widths = {module.out_channels for module in net.modules() if isinstance(module, torch.nn.Conv2d)}
    assert widths == {8, 16, 24, 32, 40, 3}
    assert not net.arguments["whitening"]


def test_arguments_build_the_net_again():
    for net in (tiny_v1(), tiny_v1(widths=(4,), faithful=True), tiny_v2(normalisation="batch")):
        again = type(net)(**json.loads(json.dumps(net.arguments)))
        assert again.arguments == net.arguments
        assert {k: v.shape for k, v in again.state_dict().items()} == {k: v.shape for k, v in net.state_dict().items()}


def test_mistakes_in_arguments_are_named():
    with pytest.raises(ValueError, match="normalisation must be one of instance, batch, got 'layer'"):
        tiny_v1(normalisation="layer")
    with pytest.raises(ValueError, match="widths must be 4 numbers, got 2"):
        tiny_v1(widths=(4, 4))
    with pytest.raises(ValueError, match="depths must be 4 numbers, got 1"):
        tiny_v1(depths=(4,))
    with pytest.raises(ValueError, match="size must be at least 1 pixel a side, got 4 x 0"):
        texture_nets.sample(tiny_v1(), size=(0, 4))


# ---- objective and the slow method


def test_the_exemplar_has_no_loss_and_another_texture_has(descriptor, exemplar):
    objective = texture_nets.TextureObjective(descriptor, exemplar)
    assert objective.terms(exemplar, whole=False)["total"].item() < 1e-3
    assert objective.terms(exemplar.flip(1).contiguous())["texture"].item() > 0.01


def test_a_picture_has_no_borders(descriptor, exemplar):
    objective = texture_nets.TextureObjective(descriptor, exemplar)
    other = exemplar.flip(1).contiguous()
    loss = objective.terms(other)["total"]
    torch.testing.assert_close(objective.terms(other.roll((8, 24), (2, 3)))["total"], loss)
    torch.testing.assert_close(objective.terms(other.repeat(1, 1, 2, 2))["total"], loss)
    assert (objective.terms(other, whole=False)["total"] - loss).abs() > 1e-4


def test_a_packed_texture_is_the_same_objective(descriptor, exemplar):
    objective = texture_nets.TextureObjective(descriptor, exemplar)
    packed = texture_nets.TextureObjective(descriptor, objective.packed())
    other = exemplar.flip(1).contiguous()
    torch.testing.assert_close(packed.terms(other)["total"], objective.terms(other)["total"], rtol=1e-3, atol=1e-5)
    with pytest.raises(ValueError, match=r"the statistics must have relu1_1\.size"):
        texture_nets.TextureObjective(descriptor, {"relu2_1": torch.ones(1)})


def test_the_pictures_of_the_slow_method_can_be_shown_and_have_the_loss_that_is_said():
    """Pixels that would leave the range end at black and white, from where they may come back."""
    wanted = torch.tensor([-0.5, 0.3, 1.5, 0.6]).view(1, 1, 2, 2).expand(1, 3, 2, 2)
    start = torch.tensor([0.4, 0.0, 0.5, 1.0]).view(1, 1, 2, 2).expand(1, 3, 2, 2)

    def terms(image):
        return {"total": (image - wanted).square().sum((1, 2, 3))}

    for item in minimise(terms, start, steps=15):
        assert item.image.min() >= 0 and item.image.max() <= 1
        assert item.losses["total"] == pytest.approx(terms(item.image)["total"].item(), rel=1e-5)
    torch.testing.assert_close(item.image, wanted.clamp(0, 1), atol=1e-3, rtol=0)


def test_the_slow_method_lowers_the_objective_and_can_be_closed(objective):
    items = list(texture_nets.optimise_texture(objective, size=(32, 40), steps=5))
    assert [item.step for item in items] == [1, 2, 3, 4, 5]
    assert items[-1].image.shape == (1, 3, 32, 40)
    assert items[-1].losses["total"] < items[0].losses["total"]
    run = texture_nets.optimise_texture(objective, size=(32, 40), steps=50)
    assert torch.equal(next(run).image, items[0].image)
    run.close()


# ---- training


def trainer(objective, *, net=None, **settings):
    return texture_nets.TextureTrainer(
        net or tiny_v1(), objective, **{"bfloat16": False, "steps": 12, "size": 32, **settings}
    )


def test_training_lowers_the_loss(objective):
    for net in (tiny_v1(), tiny_v1(widths=(4,), faithful=True, normalisation="batch"), tiny_v2()):
        found = [item.losses["texture"] for item in trainer(objective, net=net, steps=30).run()]
        assert sum(found[-5:]) < 0.95 * sum(found[:5])


def test_a_window_is_a_part_of_the_sample_around_its_edges(objective):
    sides = []
    terms = objective.terms
    objective.terms = lambda images, **settings: (
        sides.append((*images.shape[-2:], settings["whole"])) or terms(images, **settings)
    )
    items = list(trainer(objective, window=16, steps=2).run())
    assert sides == [(16, 16, False)] * 2
    assert items[-1].image.shape == (1, 3, 32, 32)


@pytest.mark.parametrize("variance_weight", [1.0, 0.25])
def test_a_resumed_run_ends_where_an_unbroken_one_does(objective, variance_weight):
    whole = trainer(objective, variance_weight=variance_weight)
    list(whole.run())
    first = trainer(objective, variance_weight=variance_weight)
    run = first.run()
    for _ in range(5):
        next(run)
    run.close()
    state = {key: value.clone() for key, value in first.state().items()}
    second = trainer(objective, variance_weight=variance_weight)
    second.resume(state)
    assert second.step == 5
    list(second.run())
    for key, value in whole.state().items():
        torch.testing.assert_close(second.state()[key], value, msg=key)


def test_samples_pull_at_their_mean_where_variance_counts_less(objective):
    """The losses that are said are the samples' own, and the first step, whose mean is its own, is that of Eq. 2.7."""
    own, steadied = (list(trainer(objective, variance_weight=weight, steps=3).run()) for weight in (1.0, 0.25))
    assert own[1].losses["texture"] == steadied[1].losses["texture"]
    assert own[2].losses["texture"] != steadied[2].losses["texture"]
    assert steadied[0].losses["total"] == pytest.approx(steadied[0].losses["texture"])
    assert steadied[1].losses["total"] != pytest.approx(steadied[1].losses["texture"])
    with pytest.raises(ValueError, match=r"variance_weight must be above 0 and at most 1, got 0\.0"):
        trainer(objective, variance_weight=0.0)


def test_a_checkpoint_of_another_network_is_refused(objective):
    with pytest.raises(ValueError, match="network with other arguments"):
        trainer(objective).resume(trainer(objective, net=tiny_v2()).state())


def test_diversity_takes_samples_apart(objective):
    distances = {}
    for diversity in (0.0, 2.0):
        items = list(trainer(objective, net=tiny_v2(), batch=3, diversity=diversity, steps=30).run())
        distances[diversity] = sum(item.losses["distance"] for item in items[-10:]) / 10
    assert distances[2.0] > 1.25 * distances[0.0]
    with pytest.raises(ValueError, match=r"batch must be at least 2 for a diversity of 0\.1, got 1"):
        trainer(objective, diversity=0.1)


def test_a_learner_learns_stops_and_goes_on(descriptor, exemplar):
    learner = texture_nets.Learner(exemplar, descriptor, size=64, bfloat16=False)
    items = []
    for item in learner.run(100):
        items.append(item)
        if item.step == 3:
            break
    again = list(learner.run(8, every=2))
    assert [item.step for item in again] == [4, 6, 8]
    assert learner.step == 8
    assert again[-1].image.shape == (1, 3, 64, 64)
    assert again[-1].losses["texture"] < items[0].losses["texture"]
    torch.testing.assert_close(again[-1].image, texture_nets.sample(learner.net, size=64))


# ---- a visitor's file


def test_a_net_comes_back_from_its_file(tmp_path):
    net, path = tiny_v1().eval(), tmp_path / "net.safetensors"
    texture_nets.save_net(net, path)
    torch.testing.assert_close(
        texture_nets.sample(texture_nets.load_net(path), size=32), texture_nets.sample(net, size=32), atol=0.02, rtol=0
    )


def test_a_file_without_a_word_on_whitening_is_of_a_net_that_does_not_whiten(tmp_path):
    net, path = tiny_v1(whitening=False).eval(), tmp_path / "net.safetensors"
    texture_nets.save_net(net, path)
    write(path, load_file(path), **{key: value for key, value in net.arguments.items() if key != "whitening"})
    again, plain, white = (
        texture_nets.sample(one, size=32) for one in (texture_nets.load_net(path), net, tiny_v1().eval())
    )
    torch.testing.assert_close(again, plain, atol=0.02, rtol=0)
    assert (white - plain).abs().mean() > 0.02


def write(path, tensors, **arguments):
    facts = {"format": "convgen.texture_nets.TextureNetV1", "arguments": json.dumps(arguments)}
    save_file(tensors, path, metadata=facts)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("text", "This file is damaged, or it is not a safetensors file"),
        ("truncated", "This file is damaged, or it is not a safetensors file"),
        ("foreign", "This file is not a texture network of this app"),
        ("arguments", "This file is not a texture network of this app"),
        ("huge widths", "This file is not a texture network of this app"),
        ("missing key", "This file does not hold the weights that its header announces."),
        ("shape", "This file does not hold the weights that its header announces."),
        ("integers", "This file does not hold the weights that its header announces."),
        ("wide at full resolution", "This file is not a texture network of this app"),
        ("wide and faithful", "This file is not a texture network of this app"),
        ("a number beyond floats", "This file is not a texture network of this app"),
        ("doubles", "This file does not hold the weights that its header announces."),
        ("eight bits", "This file does not hold the weights that its header announces."),
        ("nan", "This file holds weights that are not finite numbers."),
        ("gigantic", "This file is too large for a texture network: at most 8 MB."),
    ],
)
def test_files_that_are_not_ours_are_refused_in_one_sentence(tmp_path, damage, sentence):
    net, path = tiny_v1(), tmp_path / "net.safetensors"
    texture_nets.save_net(net, path)
    tensors, arguments = load_file(path), net.arguments
    first = next(iter(tensors))
    if damage == "text":
        path.write_text("no net")
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:-10])
    elif damage == "foreign":
        save_file(tensors, path)
    elif damage == "arguments":
        write(path, tensors, widths="many")
    elif damage == "huge widths":
        write(path, tensors, **{**arguments, "widths": [100_000] * 4})
    elif damage == "missing key":
        write(path, {key: value for key, value in tensors.items() if key != first}, **arguments)
    elif damage == "shape":
        write(path, {**tensors, first: tensors[first][:1].clone()}, **arguments)
    elif damage == "integers":
        write(path, {**tensors, first: tensors[first].int()}, **arguments)
    elif damage == "wide at full resolution":
        texture_nets.save_net(TextureNetV1(widths=(8, 8, 8, 8, 16, 256), depths=(1,) * 6), path)
    elif damage == "wide and faithful":
        write(path, tensors, **{**arguments, "widths": [64], "faithful": True})
    elif damage == "a number beyond floats":
        write(path, tensors, **arguments | {"scales": float("inf")})
    elif damage == "doubles":
        write(path, {key: value.double() for key, value in tensors.items()}, **arguments)
    elif damage == "eight bits":
        write(path, {key: value.to(torch.float8_e4m3fn) for key, value in tensors.items()}, **arguments)
    elif damage == "nan":
        write(path, {**tensors, first: tensors[first] * float("nan")}, **arguments)
    else:
        path.write_bytes(bytes(8_000_001))
    with pytest.raises(ValueError, match=sentence):
        texture_nets.load_net(path)


# ---- exemplars


@pytest.mark.parametrize("name", exemplars.DRAWINGS)
def test_drawings_wrap_around_and_are_those_in_the_assets(name):
    drawn = np.asarray(exemplars.draw(name), dtype=float)
    assert drawn.shape == (exemplars.SIDE, exemplars.SIDE, 3)
    inside = np.abs(np.diff(drawn, axis=0)).mean((1, 2))
    assert np.abs(drawn[0] - drawn[-1]).mean() <= inside.max() + 1
    kept = np.asarray(images.open_picture(ROOT / "assets" / "textures" / f"{name}.jpg"), dtype=float)
    assert np.abs(kept - drawn).mean() < 10


def test_an_unknown_drawing_is_named():
    with pytest.raises(ValueError, match="name must be one of cells, weave, marble, tiles, got 'wool'"):
        exemplars.draw("wool")


# ---- command line


def test_a_run_of_the_trainer_can_be_stopped_resumed_and_kept(tmp_path):
    out, folder = tmp_path / "run", tmp_path / "weights"
    folder.mkdir()
    flags = ["--exemplar", ROOT / "assets" / "textures" / "cells.jpg", "--out", out, "--network", "v2", "--every", 2]
    for steps in (2, 3):
        done = command("-m", "convgen.train", "texture", *flags, "--exemplar-size", 64, "--steps", steps)
        assert done.returncode == 0, done.stderr
    assert [line.split(",")[0] for line in (out / "losses.csv").read_text().split()] == ["step", "2", "3"]
    assert images.open_picture(out / "sheet.png").width > 100
    facts = json.loads((out / "net.json").read_text())
    assert facts["training_command"].startswith("python -m convgen.train texture --exemplar ")
    flags = ["--trained-on", "a drawing", "--exemplar", "toy", "--recipe", "texture-cells-v2", "--folder", folder]
    done = command("-m", "convgen.train", "keep", out, "toy-v2", *flags)
    assert done.returncode == 0, done.stderr
    row = weights.find("toy-v2", folder=folder)
    assert row.recipe == "texture-cells-v2"
    assert row.scores.keys() == {"texture", "distance"}
    weights.load_into(TextureNetV2(**row.arguments), "toy-v2", folder=folder)
    assert weights.read("toy", folder=folder)["relu1_1.triangle"].shape == (64 * 65 // 2,)


def test_numbers_of_the_command_reach_the_trainer(tmp_path, monkeypatch):
    trainers = []
    monkeypatch.setattr(commands, "train_to_the_end", lambda trainer, *_, **__: trainers.append(trainer))
    monkeypatch.setattr(commands, "finish", lambda *_, **__: None)
    exemplar = ROOT / "assets" / "textures" / "cells.jpg"
    rates = {"lr": 0.5, "adam_lr": 0.25, "momentum": 0.75}
    commands.train_texture(exemplar, tmp_path, exemplar_size=64, size=64, variance_weight=0.5, **rates)
    (trainer,) = trainers
    assert (trainer.rates, trainer.steady.variance_weight) == ([0.5, 0.25], 0.5)
    muon, adam = (optimiser.param_groups[0] for optimiser in trainer.optimisers)
    assert (muon["lr"], muon["momentum"], adam["lr"]) == (0.5, 0.75, 0.25)


def test_an_unknown_network_is_one_sentence(tmp_path):
    flags = ["--exemplar", ROOT / "assets" / "textures" / "cells.jpg", "--out", tmp_path, "--network", "v3"]
    done = command("-m", "convgen.train", "texture", *flags)
    assert done.returncode == 1
    assert done.stderr == "network must be one of v1, v2, got 'v3'\n"


# ---- catalogue


def test_every_texture_has_its_nets_with_command_and_scores():
    rows = weights.rows()
    assert len(texture_nets.TEXTURES) >= 8
    assert {texture.kind for texture in texture_nets.TEXTURES.values()} == {"structured", "stochastic", "coloured"}
    for name, texture in texture_nets.TEXTURES.items():
        assert texture.exemplar is None or (ROOT / "assets" / "textures" / texture.exemplar).is_file()
        assert f"texture-{name}" in rows
        for variant in texture_nets.VARIANTS:
            row = rows[f"texture-{name}-{variant}"]
            run = recipes.find(row.recipe).runs[-1]
            assert run.command == "texture"
            assert row.scores["texture"] > 0
            assert row.size < 700_000
            assert ("diversity" in run.options) == (variant == "v2")


def test_the_collapse_without_the_entropy_term_shows_in_the_scores():
    rows = weights.rows()
    for name in texture_nets.TEXTURES:
        distance = {v: rows[f"texture-{name}-{v}"].scores["distance"] for v in texture_nets.VARIANTS}
        assert distance["v2"] > 1.5 * distance["v2-collapsed"], name


def test_shipped_nets_run_and_unknown_ones_are_named():
    name = next(iter(texture_nets.TEXTURES))
    for variant in texture_nets.VARIANTS:
        net = texture_nets.load_texture_net(name, variant=variant)
        assert not net.training
        assert texture_nets.sample(net).std() > 0.05
    with pytest.raises(ValueError, match=f"texture must be one of {name}"):
        texture_nets.load_texture_net("nobody")
    with pytest.raises(ValueError, match="variant must be one of v1, v2, v2-collapsed, got 'v3'"):
        texture_nets.load_texture_net(name, variant="v3")
    with pytest.raises(ValueError, match="texture must be one of"):
        texture_nets.load_objective("nobody", Descriptor())
