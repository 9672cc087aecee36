"""An avatar of a few pictures: made, refined, dressed, and kept in a file."""

import sys
from dataclasses import replace
from functools import lru_cache
from io import BytesIO

import numpy as np
import pytest
import torch
from made_people import SIZE, Fattened, made_avatar, made_networks, somebody
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch.nn import functional as F

from convgen import visitors_files
from convgen.avatars import becoming, catalogue, commands, files, photographs, refining
from convgen.avatars.becoming import Sight, become, continued, fitted_codes, known_textures, mirrored
from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.camera import BODY, Camera, project, to_camera
from convgen.avatars.dressing import BACK, CHEST, GARMENTS, dressed, with_picture
from convgen.avatars.driving import LANDMARKS
from convgen.avatars.files import read_avatar, save_avatar
from convgen.avatars.motion import positions
from convgen.avatars.network import CODE, PARTS, AvatarNet
from convgen.avatars.objective import foreground_logits, mask_loss
from convgen.avatars.photographs import outlined, sight_of
from convgen.avatars.refining import Refinement
from convgen.avatars.rendering import Networks, view
from convgen.avatars.skeleton import JOINTS
from convgen.descriptor import load_descriptor
from convgen.runtime import seeded_generator, uniform_noise
from convgen.training.runs import load_tensors

WHOM = "blue-shirt"


def noise(*shape, seed=0):
    return uniform_noise(shape, seeded_generator(seed))


@lru_cache(maxsize=1)
def networks():
    return catalogue.load_networks()


@lru_cache(maxsize=1)
def known():
    """An avatar of the app, the joints of two frames, and its pictures from the front and from behind."""
    avatar = catalogue.load_avatar(WHOM)
    joints = positions(catalogue.load_motion("walk"), avatar.rest)
    sights = []
    for place, camera in ((5, Camera(20, 0)), (20, Camera(200, 0))):
        seen = view(networks(), avatar, joints[place], camera, height=float(joints[place, 0, 1]))
        image, mask = (seen.picture * seen.alpha)[0], (seen.alpha[0] > 0.5).float()
        sights.append(Sight(image, mask, to_camera(joints[place], camera.rotation), camera.distance))
    return avatar, joints, sights


# ---- textures


def test_unknown_places_are_mirrored_worked_by_hand():
    stack, mask = noise(PARTS, 3, 8, 8), torch.zeros(PARTS, 1, 8, 8)
    mask[1, 0, 2, 1] = mask[2, 0, 3, 0] = mask[14, 0, 5, 6] = mask[14, 0, 0, 0] = 1
    mask[1, 0, 2, 6] = 0
    seen, more = mirrored(stack, mask)
    assert torch.equal(seen[1, :, 2, 6], stack[1, :, 2, 1])  # torso: u -> 1 - u
    assert torch.equal(seen[3, :, 3, 3], stack[2, :, 3, 0])  # the other hand: u -> 1/2 - u
    assert torch.equal(seen[15, :, 5, 1], stack[14, :, 5, 6])  # the other arm
    assert torch.equal(seen[16, :, 5, 1], stack[14, :, 5, 6])  # its back, or front
    assert torch.equal(seen[17, :, 5, 6], stack[14, :, 5, 6])
    assert more[0, 0, 2].tolist() == more[1, 0, 2].tolist() == [0, 1, 0, 0, 0, 0, 1, 0]
    assert int((more > 0).sum()) == 2 * 2 + 2 + 2 * 4


def test_known_colours_stay():
    stack = noise(PARTS, 3, 6, 6)
    mask = (noise(PARTS, 1, 6, 6, seed=1) > 0.5).float()
    for change in (mirrored, continued):
        seen, more = change(stack, mask)
        kept = mask.bool().expand_as(stack)
        assert torch.equal(seen[kept], stack[kept])
        assert bool((more >= mask).all())


def test_parts_seen_nowhere_have_the_colour_of_those_beside_them():
    stack, mask = torch.zeros(PARTS, 3, 4, 4), torch.zeros(PARTS, 1, 4, 4)
    stack[6] = 0.5
    mask[6, 0, 1, 1] = 1
    seen, more = continued(stack, mask)
    assert bool((more.amax((1, 2, 3)) > 0).all())
    assert all((seen[part] == 0.5).all() for part in range(7, PARTS))
    assert torch.equal(continued(stack, torch.zeros_like(mask))[1], torch.zeros_like(mask))


def test_become_gives_back_the_colours_of_an_avatar_in_its_pictures(monkeypatch):
    monkeypatch.setattr(becoming, "STEPS", 4)
    avatar, joints, sights = known()
    start = catalogue.average()
    made = become(networks(), sights, codes=start.codes, rest=avatar.rest)
    stack, mask = known_textures(networks(), made.codes, sights)
    colours = (stack * mask).sum((2, 3)) / mask.sum((2, 3)).clamp(min=1e-6)
    plain = replace(made, texture_stack=colours[:, None, None].expand(-1, 8, 8, -1).contiguous().permute(0, 3, 1, 2))
    camera, errors = Camera(-35, 10), []
    true = view(networks(), avatar, joints[12], camera, size=256)
    for one in (made, plain, replace(avatar, texture_stack=start.texture_stack)):
        seen = view(networks(), one, joints[12], camera, size=256)
        both = (seen.alpha > 0.9) & (true.alpha > 0.9)
        errors.append(((seen.picture - true.picture).abs() * both).sum() / both.sum() / 3)
    assert errors[0] < 0.045
    assert errors[0] < 0.9 * errors[1]
    assert errors[0] < 0.6 * errors[2]
    for window, code in made.codes.items():
        assert code.shape == start.codes[window].shape
        assert not code.requires_grad


def test_fitted_codes_draw_the_outline_better():
    _, _, (sight, _) = known()
    codes = catalogue.average().codes
    fitted = fitted_codes(networks(), [sight], {"body": codes["body"]})
    mask = F.interpolate(sight.mask[None], size=(BODY.pixels,) * 2, mode="area")
    maps = bone_maps(sight.joints[None], sight.distance)

    def loss(code):
        with torch.no_grad():
            return mask_loss(foreground_logits(networks().body(maps, code[None])[0]), mask).item()

    assert loss(fitted["body"]) < 0.95 * loss(codes["body"])


def test_pictures_of_nobody_are_refused():
    avatar, _, (sight, _) = known()
    empty = replace(sight, mask=torch.zeros_like(sight.mask))
    with pytest.raises(ValueError, match="the pictures must show a person where the joints are"):
        become(networks(), [empty], codes=avatar.codes, rest=avatar.rest)


# ---- photos


def photo_of(person, *, colour=(40, 60, 80)):
    """A wall with a light dot at a wrist and at a toe."""
    picture = np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)
    for name in ("LeftWrist", "RightToe"):
        x, y = person.landmarks[LANDMARKS[name], :2].round().astype(int)
        picture[y - 1 : y + 2, x - 1 : x + 2] = 255
    return Image.fromarray(picture)


def test_joints_of_a_photo_are_where_its_landmarks_are(monkeypatch):
    monkeypatch.setattr(photographs, "MOVED", 1.0)
    person = somebody(0.4)
    sight = sight_of(photo_of(person), person, made_avatar().rest)
    assert sight.joints.shape == (len(JOINTS), 3)
    assert sight.joints[0, :2].abs().max() < 1e-6
    side = sight.image.shape[-1]
    flat = (project(sight.joints, sight.distance) + 1) * side / 2
    for joint in ("LeftHand", "RightToeEnd"):
        x, y = flat[JOINTS.index(joint)].tolist()
        around = sight.image[:, int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3]
        assert around.max() > 0.8, joint


def test_a_smaller_or_cropped_photo_has_the_same_joints():
    person, rest = somebody(0.4), made_avatar().rest
    photo = photo_of(person)
    whole = sight_of(photo, person, rest)
    half = replace(person, landmarks=person.landmarks / 2)
    small = sight_of(photo.resize((SIZE[0] // 2, SIZE[1] // 2)), half, rest)
    torch.testing.assert_close(small.joints, whole.joints, atol=1e-4, rtol=0)
    offset = np.array([60, 20, 0], np.float32)
    cropped = sight_of(photo.crop((60, 20, 200, 260)), replace(person, landmarks=person.landmarks - offset), rest)
    torch.testing.assert_close(cropped.joints, whole.joints, atol=1e-4, rtol=0)
    there = (cropped.mask > 0.99).expand_as(cropped.image)
    assert 0.2 < there.float().mean() < 0.9
    torch.testing.assert_close(cropped.image[there], whole.image[there], atol=0.02, rtol=0)
    large = replace(person, landmarks=person.landmarks * 6.01)
    big = sight_of(photo.resize((int(SIZE[0] * 6.01), int(SIZE[1] * 6.01))), large, rest)
    torch.testing.assert_close(big.joints, whole.joints, atol=1e-3, rtol=0)
    assert big.image.shape[-1] <= photographs.MOST_PIXELS


def test_an_outline_stays_within_the_photo_and_near_the_bones():
    person, avatar = somebody(0.4), made_avatar()
    sight = sight_of(photo_of(person), person, avatar.rest)
    near = Fattened()(bone_maps(sight.joints[None], sight.distance), avatar.codes["body"][None])[0]
    size = sight.image.shape[-1]
    inside = F.interpolate(foreground_logits(near), size=(size, size), mode="bilinear")[0] > 0
    image = torch.where(inside, torch.tensor([0.9, 0.2, 0.2])[:, None, None], sight.image)
    cut = replace(sight, image=image, mask=sight.mask * (torch.arange(size) < size // 2)[:, None])
    found = outlined(made_networks(), cut, avatar.codes)
    assert set(found.mask.unique().tolist()) == {0.0, 1.0}
    assert not bool((found.mask * (1 - cut.mask)).any())
    wanted = inside & (cut.mask > 0)
    assert ((found.mask > 0) & wanted).sum() / ((found.mask > 0) | wanted).sum() > 0.8


def test_without_a_background_the_outline_is_the_networks():
    pixels = np.full((32, 32, 3), 90, np.uint8)
    assert photographs._cut_out(pixels, np.ones((32, 32), np.uint8)).all()
    begun = np.zeros((32, 32), np.uint8)
    begun[8:24, 8:24] = 3
    found = photographs._cut_out(noise_bytes(32, 32, 3), begun)
    assert 128 <= found.sum() <= 512


def noise_bytes(*shape):
    return (noise(*shape) * 255).to(torch.uint8).numpy()


# ---- learning on


def tiny(seed=0):
    return AvatarNet(widths=(6, 6, 6, 6), outer=6, seed=seed).eval().fused().requires_grad_(False)


def learning(**knobs):
    nets, avatar = Networks(tiny()), made_avatar()
    joints = positions(catalogue.load_motion("walk"), avatar.rest)[:2]
    mask = torch.zeros(1, 128, 128)
    mask[:, 20:110, 44:84] = 1
    sights = [Sight(0.8 * mask.expand(3, -1, -1), mask, to_camera(one, Camera().rotation), 5.65) for one in joints]
    return nets, Refinement(nets, avatar, sights, load_descriptor(), **knobs)


def bytes_of(net):
    return {key: value.numpy().tobytes() for key, value in net.state_dict().items()}


def test_learning_on_lowers_the_loss_and_leaves_the_shared_network(monkeypatch):
    monkeypatch.setattr(becoming, "HALF_SURE", 0.0)  # such a network is sure of nothing
    monkeypatch.setattr(refining, "LR", 0.02)
    nets, refinement = learning(steps=5)
    before, state = bytes_of(nets.body), torch.get_rng_state()
    losses = []
    for progress in refinement.run():
        losses.append(sum(progress.losses.values()))
        if progress.step == 2:
            now = refinement.look()
            assert now.body is refinement.net
    assert len(losses) == 5
    assert sum(losses[-2:]) < sum(losses[:2])
    avatar = refinement.finished()
    assert bytes_of(nets.body) == before
    assert bytes_of(avatar.body) != before
    assert torch.equal(torch.get_rng_state(), state)
    kept = bytes_of(avatar.body)
    with pytest.raises(StopIteration):
        next(refinement.run())
    refinement.steps += 1
    next(refinement.run())
    assert bytes_of(avatar.body) == kept
    assert not any(parameter.requires_grad for parameter in avatar.body.parameters())


@pytest.mark.parametrize("last", [0, 1])
def test_learning_on_can_be_stopped_after_any_step(last, monkeypatch):
    monkeypatch.setattr(becoming, "HALF_SURE", 0.0)
    nets, refinement = learning(steps=5)
    run = refinement.run()
    for _ in range(last):
        next(run)
    assert torch.is_grad_enabled()
    run.close()
    avatar = refinement.finished()
    seen = view(nets, avatar, positions(catalogue.load_motion("walk"), avatar.rest)[0], Camera(), size=64)
    assert bool(torch.isfinite(seen.picture).all())


def test_the_mode_of_who_asks_for_a_step_is_left_alone():
    _, refinement = learning(steps=5)
    with torch.no_grad():
        run = refinement.run()
        next(run)
        assert not torch.is_grad_enabled()
        run.close()
        assert not torch.is_grad_enabled()
    with pytest.raises(ValueError, match="there must be a picture to learn from"):
        Refinement(Networks(tiny()), made_avatar(), [], load_descriptor())


# ---- cloth and pictures


def smooth(height, width):
    """A cloth whose repetitions meet smoothly."""
    y, x = torch.meshgrid(torch.arange(height) / height, torch.arange(width) / width, indexing="ij")
    waves = [torch.sin(2 * np.pi * x), torch.cos(2 * np.pi * x), torch.sin(2 * np.pi * y)]
    return (torch.stack(waves)[None] + 1) / 2


@pytest.mark.parametrize("tile", [0.05, 0.11, 0.3, 1.0])
def test_cloth_goes_on_around_the_body(tile):
    avatar = replace(made_avatar(), texture_stack=torch.full((PARTS, 3, 64, 64), 0.5))
    stack = dressed(avatar, smooth(40, 60), "suit", tile=tile, folds=0).texture_stack
    for back, front in becoming.FACES:
        around = torch.cat([stack[front], stack[back]], 2)
        if front in GARMENTS["vest"]:
            around = torch.cat([stack[back], stack[front]], 2)
        step = (around - around.roll(1, 2)).abs().amax((0, 1))
        inner = torch.cat([step[2:64], step[66:]]).max()
        assert step[[0, 64]].max() <= 1.25 * inner + 0.02, (front, back)


def test_cloth_changes_its_garment_alone_and_as_much_as_asked():
    avatar, cloth = made_avatar(), noise(1, 3, 20, 30, seed=2)
    assert torch.equal(dressed(avatar, cloth, "shirt", strength=0).texture_stack, avatar.texture_stack)
    for garment, parts in GARMENTS.items():
        stack = dressed(avatar, cloth, garment).texture_stack
        changed = [part for part in range(PARTS) if not torch.equal(stack[part], avatar.texture_stack[part])]
        assert changed == sorted(parts), garment
        assert 0 <= stack.min() <= stack.max() <= 1
    assert torch.equal(avatar.texture_stack, made_avatar().texture_stack)


def test_folds_stay_in_cloth():
    avatar = made_avatar()
    texture = torch.full((PARTS, 3, 16, 16), 0.4)
    texture[:, :, 8:] = 0.6
    avatar, gray = replace(avatar, texture_stack=texture), torch.full((1, 3, 4, 4), 0.5)
    for folds, wanted in ((0, (0.5, 0.5)), (1, (0.4, 0.6)), (0.5, (0.45, 0.55))):
        stack = dressed(avatar, gray, "trousers", folds=folds).texture_stack[GARMENTS["shorts"][0]]
        torch.testing.assert_close(torch.stack([stack[0, 2, 2], stack[0, 12, 2]]), torch.tensor(wanted))


@pytest.mark.parametrize(("part", "azimuth"), [(CHEST, 0), (BACK, 180)])
def test_a_printed_picture_is_upright_for_who_looks_at_it(part, azimuth):
    avatar, joints, _ = known()
    picture = torch.zeros(1, 3, 40, 40)
    picture[:, 0, :20, :20] = picture[:, 1, 20:, :20] = picture[:, 2, :, 20:] = 1  # red over green, blue to the right
    white = replace(avatar, texture_stack=torch.ones_like(avatar.texture_stack))
    printed = with_picture(white, picture, torch.ones(1, 1, 40, 40), part=part, width=0.3)
    changed = [one for one in range(PARTS) if not torch.equal(printed.texture_stack[one], white.texture_stack[one])]
    assert changed == [part]
    seen = view(networks(), printed, joints[12], Camera(azimuth, 5), size=384)
    places = {}
    for channel, name in enumerate(("red", "green", "blue")):
        others = [other for other in range(3) if other != channel]
        most = (seen.picture[0, channel] > 0.7) & (seen.picture[0, others].amax(0) < 0.3) & (seen.alpha[0, 0] > 0.9)
        assert most.sum() > 50, name
        places[name] = most.nonzero().float().mean(0)
    assert places["red"][0] < places["green"][0] - 5  # above
    assert max(places["red"][1], places["green"][1]) < places["blue"][1] - 5  # to the left


def test_what_cannot_be_dressed_is_refused():
    avatar, cloth, alpha = made_avatar(), torch.zeros(1, 3, 4, 4), torch.ones(1, 1, 4, 4)
    with pytest.raises(ValueError, match=r"garment must be one of shirt, .*, got 'hat'"):
        dressed(avatar, cloth, "hat")
    for knobs in ({"tile": 0.0}, {"strength": 2}, {"folds": float("nan")}):
        with pytest.raises(ValueError, match=f"{next(iter(knobs))} must be between"):
            dressed(avatar, cloth, "shirt", **knobs)
    with pytest.raises(ValueError, match="part must be 1, the chest, or 0, the back, got 5"):
        with_picture(avatar, cloth, alpha, part=5)
    with pytest.raises(ValueError, match="width must be between"):
        with_picture(avatar, cloth, alpha, width=3)


# ---- files


@pytest.fixture
def small_network(monkeypatch):
    """Networks of avatars are tiny."""
    row = replace(files.weights.find("avatars-body"), arguments={"widths": [6, 6, 6, 6], "outer": 6})
    monkeypatch.setattr(files.weights, "find", lambda name: row)


def kept(path, **changes):
    """A file of an avatar with other tensors; None leaves one out."""
    save_avatar(made_avatar(), path)
    with safe_open(path, "pt") as file:
        tensors, facts = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118
    facts = changes.pop("facts", facts)
    tensors = {key: value for key, value in {**tensors, **changes}.items() if value is not None}
    save_file(tensors, path, metadata=facts)
    return path


@pytest.mark.parametrize("own", [False, True])
def test_an_avatar_is_kept_in_a_file(own, tmp_path, small_network):
    smooth_ = F.interpolate(noise(PARTS, 3, 4, 4), size=32, mode="bilinear")
    avatar = replace(made_avatar(), texture_stack=smooth_, body=tiny(3) if own else None)
    save_avatar(avatar, tmp_path / "me.safetensors")
    found = read_avatar(tmp_path / "me.safetensors")
    assert (found.texture_stack - smooth_).abs().mean() < 0.03
    torch.testing.assert_close(found.rest, avatar.rest)
    assert found.codes.keys() == avatar.codes.keys()
    assert (found.body is not None) == own
    if own:
        maps = noise(1, 32, 32, 32)
        ours, theirs = (net(maps, torch.zeros(1, CODE)) for net in (avatar.body, found.body))
        torch.testing.assert_close(theirs[0], ours[0], atol=0.02, rtol=0.02)
        assert not any(parameter.requires_grad for parameter in found.body.parameters())


def webp(width, height):
    stream = BytesIO()
    Image.new("RGB", (width, height)).save(stream, "WEBP", lossless=True)
    return torch.from_numpy(np.frombuffer(stream.getvalue(), np.uint8).copy())


def claimed(width, height):
    """A WebP picture whose header announces another size."""
    data = webp(96, 64)
    assert bytes(data[12:16].tolist()) == b"VP8L"
    bits = (width - 1) | (height - 1) << 14 | int.from_bytes(bytes(data[21:25].tolist()), "little") >> 28 << 28
    data[21:25] = torch.tensor(list(bits.to_bytes(4, "little")), dtype=torch.uint8)
    return data


PICTURE = "The textures in this file are no picture"
NUMBERS = "not made of finite, likely numbers"
HELD = "does not hold the avatar that its header announces"
WRONG = {
    "another format": ({"facts": {"format": "pt"}}, "not an avatar of this app"),
    "no format": ({"facts": None}, "not an avatar of this app"),
    "no skeleton": ({"rest": None}, "not an avatar of this app"),
    "no code": ({"code.head": None}, "not an avatar of this app"),
    "one more": ({"evil": torch.zeros(2)}, "not an avatar of this app"),
    "another skeleton": ({"rest": torch.zeros(3, 3)}, HELD),
    "whole numbers": ({"code.body": torch.zeros(CODE, dtype=torch.int64)}, HELD),
    "a skeleton of no numbers": ({"rest": torch.full((len(JOINTS), 3), float("nan"))}, NUMBERS),
    "a giant": ({"rest": torch.full((len(JOINTS), 3), 40.0)}, NUMBERS),
    "an endless code": ({"code.body": torch.full((CODE,), float("inf"))}, NUMBERS),
    "eight bits": ({"code.body": torch.zeros(CODE).to(torch.float8_e4m3fn)}, HELD),
    "no picture": ({"textures": torch.zeros(50, dtype=torch.uint8)}, PICTURE),
    "nothing": ({"textures": torch.zeros(0, dtype=torch.uint8)}, PICTURE),
    "floats": ({"textures": torch.zeros(50)}, PICTURE),
    "no 24 squares": ({"textures": webp(96, 96)}, PICTURE),
    "textures too small": ({"textures": webp(48, 32)}, PICTURE),
    "a huge picture": ({"textures": claimed(16383, 16383)}, PICTURE),
    "a large picture": ({"textures": claimed(12288, 8192)}, PICTURE),
    "half a picture": ({"textures": webp(96, 64)[:30]}, "picture|must hold an avatar"),
    "another network": ({"body.output.weight": torch.zeros(3, 3)}, "the weights that its header announces"),
}


@pytest.mark.parametrize("what", WRONG)
def test_files_that_are_no_avatars_are_refused_in_a_sentence(what, tmp_path, small_network):
    changes, sentence = WRONG[what]
    with pytest.raises(ValueError, match=sentence):
        read_avatar(kept(tmp_path / "wrong.safetensors", **changes))


def test_files_of_other_kinds_are_refused(tmp_path, monkeypatch, small_network):
    (tmp_path / "text.safetensors").write_text("no such thing")
    with pytest.raises(ValueError, match="damaged, or it is not a safetensors file"):
        read_avatar(tmp_path / "text.safetensors")
    net = tiny(3)
    next(net.parameters()).data[0] = float("nan")
    save_avatar(replace(made_avatar(), body=net), tmp_path / "nan.safetensors")
    with pytest.raises(ValueError, match="weights that are not finite numbers"):
        read_avatar(tmp_path / "nan.safetensors")
    monkeypatch.setattr(visitors_files, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="too large for an avatar"):
        read_avatar(kept(tmp_path / "large.safetensors"))


# ---- commands, and what comes with the app


def test_the_command_makes_avatars_and_lets_them_learn_on(tmp_path, monkeypatch):
    avatar, _, sights = known()
    monkeypatch.setattr(sys, "argv", ["train", "avatar_becoming"])
    monkeypatch.setattr(becoming, "STEPS", 1)
    monkeypatch.setattr(commands, "load_people", lambda folder, names: dict.fromkeys(names, avatar))
    monkeypatch.setattr(commands, "load_motions", lambda folder, without: dict.fromkeys(("a", "b", *without)))
    monkeypatch.setattr(commands, "seen_from_all_sides", lambda *_, views, seed: iter(sights[:1]))
    folders = {"people": tmp_path, "motions": tmp_path, "out": tmp_path}
    commands.make_avatars(**folders, names="ann,bob", side=16)
    for name in ("ann", "bob"):
        made = catalogue.unpacked(load_tensors(tmp_path / name / "net.safetensors"))
        assert made.texture_stack.shape == (PARTS, 3, 16, 16)
        assert not (tmp_path / name / commands.OWN).exists()
    commands.make_avatars(**folders, names="eve", side=16, seconds=0.01)
    assert read_avatar(tmp_path / "eve" / commands.OWN).body is not None


def test_somebody_new_begins_as_the_mean_of_whom_the_networks_know():
    start = catalogue.average()
    avatars = [catalogue.load_avatar(name) for name in catalogue.TRAINED]
    assert len(avatars) == 6
    torch.testing.assert_close(start.rest, sum(avatar.rest for avatar in avatars) / 6)
    torch.testing.assert_close(start.codes["head"], sum(avatar.codes["head"] for avatar in avatars) / 6)
    torch.testing.assert_close(start.texture_stack, sum(avatar.texture_stack for avatar in avatars) / 6)
