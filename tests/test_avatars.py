"""Textured neural avatars: cameras, bones, motions, the sampling function, textures, training, views."""

import math
import sys
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from convgen.avatars import becoming, catalogue
from convgen.avatars.bone_maps import bone_maps
from convgen.avatars.bvh import read_bvh
from convgen.avatars.camera import BODY, HEAD, Camera, Window, project, to_camera, turned_to
from convgen.avatars.commands import splat_textures, train_avatars
from convgen.avatars.data import Views, batch_of
from convgen.avatars.driving import LANDMARKS, motion_of
from convgen.avatars.figures import bone_picture, part_picture, stack_picture, uv_picture
from convgen.avatars.motion import Motion, looped, positions, quaternions_of, rotation_matrices
from convgen.avatars.network import PARTS, AvatarNet, DirectNet
from convgen.avatars.objective import foreground_logits, image_loss, initial_loss, mask_loss, pixel_loss
from convgen.avatars.people import Person
from convgen.avatars.renderer import render
from convgen.avatars.rendering import Avatar, Networks, blended, view
from convgen.avatars.sampling import sample, texels
from convgen.avatars.skeleton import BONES, DRIVEN, JOINTS, PARENTS, driver_of
from convgen.avatars.textures import Pixels, filled, pixels_of, splat
from convgen.avatars.training import AvatarTrainer
from convgen.descriptor import load_descriptor
from convgen.runtime import seeded_generator, uniform_noise
from convgen.training.runs import load_tensors

PLACE = {name: JOINTS.index(name) for name in JOINTS}


def noise(*shape, seed=0):
    return uniform_noise(shape, seeded_generator(seed))


def body():
    """(J, 3): a body at rest, roughly a person's."""
    heights = {"Hips": 0.95, "Spine1": 1.1, "Spine2": 1.2, "Neck": 1.45, "Head": 1.55, "HeadEnd": 1.75}
    rest = torch.zeros(len(JOINTS), 3)
    for name, height in heights.items():
        rest[PLACE[name], 1] = height
    across = {"Shoulder": 0.04, "Arm": 0.16, "ForeArm": 0.42, "Hand": 0.65, "FingerBase": 0.67}
    down = {"UpLeg": 0.85, "Leg": 0.5, "Foot": 0.1, "ToeBase": 0.03, "ToeEnd": 0.02}
    for side, sign in (("Left", 1), ("Right", -1)):
        rest[PLACE[f"{side}Eye"]] = torch.tensor([sign * 0.03, 1.6, 0.1])
        for name, x in across.items():
            rest[PLACE[side + name]] = torch.tensor([sign * x, 1.42, 0.0])
        for name, y in down.items():
            rest[PLACE[side + name]] = torch.tensor([sign * 0.09, y, 0.2 if "Toe" in name else 0.0])
        for finger, z in (("Thumb", 0.06), ("Index", 0.04), ("Middle", 0.0), ("Pinky", -0.03)):
            for place, x in ((1, 0.72), (4, 0.8)):
                rest[PLACE[f"{side}Hand{finger}{place}"]] = torch.tensor([sign * x, 1.42, z])
    return rest


def still(frames=1, **root):
    rotations = torch.tensor([1.0, 0, 0, 0]).expand(frames, len(DRIVEN), 4).clone()
    return Motion(rotations, torch.zeros(frames, 3), 30.0)


def avatar(side=8):
    return Avatar(noise(24, 3, side, side), {"body": torch.zeros(12), "head": torch.zeros(12)}, body())


def tiny(kind=AvatarNet, **knobs):
    return kind(widths=(6, 6, 6, 6), outer=6, **knobs)


# ---- bones, cameras, motions


def test_every_bone_and_every_joint_has_its_place():
    assert len(BONES) == 32
    assert {joint for bone in BONES for joint in bone} <= set(JOINTS)
    assert set(PARENTS) == set(JOINTS) - {"Hips"}
    assert {driver_of(joint) for joint in JOINTS} <= set(DRIVEN)
    assert driver_of("LeftHandPinky4") == "LeftHandIndex1"


def test_cameras_worked_by_hand():
    joints = torch.zeros(len(JOINTS), 3)
    joints[1] = torch.tensor([0.3, 0.2, 0.1])  # to the person's left, up, ahead
    front = to_camera(joints, Camera(0, 0, 4).rotation)[1]
    torch.testing.assert_close(front, torch.tensor([0.3, -0.2, -0.1]))
    left = to_camera(joints, Camera(90, 0, 4).rotation)[1]
    torch.testing.assert_close(left, torch.tensor([-0.1, -0.2, -0.3]), atol=1e-6, rtol=0)
    above = to_camera(joints, Camera(0, 60, 4).rotation)[1]
    assert above[2].item() == pytest.approx(-0.2 * math.sin(math.pi / 3) - 0.1 / 2, abs=1e-6)
    assert project(torch.tensor([[0.6, 0.0, 1.0]]), 1.0, half=1.2).tolist() == [[0.25, 0.0]]


@pytest.mark.parametrize("knobs", [{"azimuth": 1e9}, {"elevation": math.nan}, {"distance": 0}, {"distance": math.inf}])
def test_impossible_cameras_are_refused(knobs):
    with pytest.raises(ValueError, match=f"{next(iter(knobs))} must be between"):
        Camera(**knobs)


def test_a_camera_that_looks_at_the_head_sees_it_in_its_middle():
    seen = to_camera(body(), Camera(30, 20, 4).rotation)[None]
    turned, far, turn = turned_to(seen, torch.tensor([4.0]), HEAD)
    middle = turned[0, [PLACE["Head"], PLACE["HeadEnd"]]].mean(0)
    torch.testing.assert_close(middle, torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(turn[0] @ turn[0].T, torch.eye(3))
    camera = torch.tensor([0.0, 0.0, -float(far)])
    torch.testing.assert_close((turned[0, 0] - camera).norm(), torch.tensor(4.0))  # the pelvis is as far as before
    same, same_far, _ = turned_to(seen, torch.tensor([4.0]), BODY)
    torch.testing.assert_close(same, seen)
    assert same_far.item() == 4


def test_bone_maps_worked_by_hand():
    joints = torch.full((1, len(JOINTS), 3), 9.0)  # out of the picture
    start, end = (PLACE[name] for name in BONES[0])
    joints[0, start], joints[0, end] = torch.tensor([-0.25, -0.25, 0.0]), torch.tensor([0.25, -0.25, 0.0])
    maps = bone_maps(joints, 5.0, window=Window(("Hips",), 1.0, 8))  # pixel centres are 0.25 m apart from -0.875 on
    assert maps.shape == (1, 32, 8, 8)
    away = [place for place, bone in enumerate(BONES) if not set(bone) & set(BONES[0])]
    assert maps[0, away].max() == 0
    # y = -0.25 lies half-way between rows 2 and 3; the depth is the pelvis's, whose value is 1.
    rows = maps[0, 0].amax(1)
    torch.testing.assert_close(rows, torch.tensor([0, 0, 0.5, 0.5, 0, 0, 0, 0]), atol=5e-3, rtol=0)
    joints[0, start, 2] = joints[0, end, 2] = -0.2  # nearer: brighter
    assert bone_maps(joints, 5.0, window=Window(("Hips",), 1.0, 8))[0, 0].max() > 0.55


def test_rotations_and_quaternions_are_each_others_inverse():
    quaternions = F.normalize(torch.randn(50, 4, generator=seeded_generator(1)), dim=1)
    matrices = rotation_matrices(quaternions)
    torch.testing.assert_close(matrices @ matrices.mT, torch.eye(3).expand(50, 3, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(rotation_matrices(quaternions_of(matrices)), matrices, atol=1e-5, rtol=0)
    half = rotation_matrices(torch.tensor([0.0, 0.0, 1.0, 0.0]))  # half a turn about y
    torch.testing.assert_close(half @ torch.tensor([1.0, 2.0, 3.0]), torch.tensor([-1.0, 2.0, -3.0]))


def test_without_turns_a_body_stands_as_at_rest():
    joints = positions(still(2), body())
    wanted = body() - torch.tensor([0.0, body()[PLACE["LeftToeEnd"], 1], 0.0])
    torch.testing.assert_close(
        joints, wanted - wanted[:1] * torch.tensor([1.0, 0, 1.0]) + 0 * joints, atol=1e-5, rtol=0
    )


def test_a_bent_arm_worked_by_hand():
    motion = still()
    quarter = torch.tensor([math.cos(math.pi / 4), 0, 0, -math.sin(math.pi / 4)])  # about z: left arm down
    for name in ("LeftForeArm", "LeftHand", "LeftHandThumb1", "LeftHandIndex1"):
        motion.rotations[0, DRIVEN.index(name)] = quarter
    joints = positions(motion, body())[0]
    elbow, hand = joints[PLACE["LeftForeArm"]], joints[PLACE["LeftHand"]]
    torch.testing.assert_close(hand - elbow, torch.tensor([0.0, -0.23, 0.0]), atol=1e-5, rtol=0)


def test_a_loop_ends_where_it_begins():
    frames = 120
    motion = still(frames)
    angle = torch.sin(torch.arange(frames) * 2 * math.pi / 40) / 2  # a period of 40 frames
    motion.rotations[:, DRIVEN.index("LeftArm")] = torch.stack(
        [angle.cos(), torch.zeros(frames), torch.zeros(frames), angle.sin()], 1
    )
    loop = looped(motion)
    assert len(loop) % 40 == 0
    step = (loop.rotations[0] - loop.rotations[-1]).norm()
    assert step < 1.2 * torch.diff(loop.rotations, dim=0).norm(dim=(1, 2)).max()
    assert looped(still(20)).rotations.shape[0] == 20


def test_motions_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="a motion must be"):
        Motion(torch.zeros(3, 2, 4), torch.zeros(3, 3), 30.0)
    with pytest.raises(ValueError, match="with a frame at least"):
        replace(still(), rotations=torch.zeros(0, len(DRIVEN), 4), root=torch.zeros(0, 3))


# ---- BVH


def bvh(*, frames=("0 " * 60,), prefix="", up="y", count=None, frame_time="0.0333333"):
    """A person in BVH: 6 channels of the root and 3 of each of 18 joints."""

    def at(x, y, z):
        return f"{x} {y} {z}" if up == "y" else f"{x} {-z} {y}"

    def joint(name, offset, *children, root=False):
        channels = "Xposition Yposition Zposition " if root else ""
        number = 6 if root else 3
        inner = "".join(children) or f"End Site {{ OFFSET {offset} }}\n"
        kind = "ROOT" if root else "JOINT"
        return (
            f"{kind} {prefix}{name} {{ OFFSET {offset}\n"
            f"CHANNELS {number} {channels}Zrotation Xrotation Yrotation\n{inner}}}\n"
        )

    def arm(side, sign):
        hand = joint(f"{side}Hand", at(23 * sign, 0, 0))
        fore = joint(f"{side}ForeArm", at(28 * sign, 0, 0), hand)
        return joint(f"{side}Shoulder", at(3 * sign, 18, 0), joint(f"{side}Arm", at(12 * sign, 0, 0), fore))

    def leg(side, sign):
        shin = joint(f"{side}Leg", at(0, -40, 0), joint(f"{side}Foot", at(0, -40, 0)))
        return joint(f"{side}UpLeg", at(9 * sign, -5, 0), shin)

    head = joint("Neck", at(0, 20, 0), joint("Head", at(0, 8, 0)))
    chest = joint("Chest", at(0, 12, 0), head, arm("Left", 1), arm("Right", -1))
    spine = joint("Spine", at(0, 10, 0), chest)
    hierarchy = joint("Hips", "0 0 0", spine, leg("Left", 1), leg("Right", -1), root=True)
    count = len(frames) if count is None else count
    return f"HIERARCHY\n{hierarchy}MOTION\nFrames: {count}\nFrame Time: {frame_time}\n" + "\n".join(frames)


ORDER = ["Hips", "Spine", "Chest", "Neck", "Head"]
ORDER += [side + joint for side in ("Left", "Right") for joint in ("Shoulder", "Arm", "ForeArm", "Hand")]
ORDER += [side + joint for side in ("Left", "Right") for joint in ("UpLeg", "Leg", "Foot")]


def frame(**turns):
    """One line: degrees about z of some joints."""
    values = [0.0] * (6 + 3 * (len(ORDER) - 1))
    for name, degrees in turns.items():
        values[3 + 3 * ORDER.index(name)] = degrees
    return " ".join(str(value) for value in values)


@pytest.mark.parametrize("prefix", ["", "mixamorig:"])
def test_a_bvh_file_turns_the_joints_that_it_names(prefix):
    motion = read_bvh(bvh(frames=[frame(LeftForeArm=-90), frame(LeftForeArm=-90)], prefix=prefix))
    assert len(motion) == 2
    assert motion.fps == pytest.approx(30, abs=0.01)
    joints = positions(motion, body())[0]
    reach = joints[PLACE["LeftHand"]] - joints[PLACE["LeftForeArm"]]
    torch.testing.assert_close(reach, torch.tensor([0.0, -0.23, 0.0]), atol=1e-4, rtol=0)


def test_a_first_frame_at_rest_is_no_part_of_the_motion():
    down = {"LeftArm": -80, "RightArm": 80}
    assert len(read_bvh(bvh(frames=[frame()] + [frame(**down)] * 9))) == 7
    assert len(read_bvh(bvh(frames=[frame(**down)] * 10))) == 10
    assert len(read_bvh(bvh(frames=[frame()] * 10))) == 10


def test_a_bvh_file_with_z_up_is_the_same_motion():
    same = read_bvh(bvh(frames=[frame(Hips=0)] * 2, up="z"))
    standing = positions(same, body())[0]
    assert standing[PLACE["Head"], 1] > 1.4
    assert standing[PLACE["LeftHand"], 0] > 0.6


DAMAGED = {
    "nothing": ("", "no BVH file"),
    "a picture": ("\x89PNG\r\n" * 50, "no BVH file"),
    "a cut hierarchy": (bvh()[:300] + "MOTION\nFrames: 1\nFrame Time: 0.03\n0", "HIERARCHY of the BVH file is damaged"),
    "no frames": (bvh(frames=()), "no whole frame"),
    "cut in its first frame": (bvh(frames=["0 0 0"]), "no whole frame"),
    "not a number": (bvh(frames=[frame().replace("0.0", "nan", 1)]), "no numbers, or far too large"),
    "huge values": (bvh(frames=[frame().replace("0.0", "1e30", 1)]), "far too large"),
    "words": (bvh(frames=["left right"]), "must be numbers"),
    "a frame time of zero": (bvh(frames=[frame()], frame_time="0"), "Frame Time of the BVH file must be between"),
    "no frame time": (bvh(frames=[frame()], frame_time="1-2"), "each with a number"),
    "a frame time of 5,000 digits": (bvh(frames=[frame()], frame_time="9" * 5000), "each with a number"),
    "a frame count of 5,000 digits": (bvh(frames=[frame()], count="9" * 5000), "each with a number"),
    "too many frames": (bvh(frames=[frame()], count=10**8), "at most 20,000 frames"),
    "no frame count": (bvh().replace("Frames:", "Pictures:"), "must say `Frames:`"),
    "other joints": (bvh(frames=[frame()]).replace("Leg", "Wheel"), "must be of a person"),
    "no legs": (bvh(frames=[frame()]).replace("0 -40 0", "0 0 0"), "legs in the BVH file have no length"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_bvh_files_are_refused_in_a_sentence(what):
    text, sentence = DAMAGED[what]
    with pytest.raises(ValueError, match=sentence) as caught:
        read_bvh(text)
    assert len(str(caught.value)) < 200


# ---- driving


def test_landmarks_of_a_body_at_rest_give_that_body():
    rest = body()
    world = torch.zeros(1, 33, 3)
    names = {"Elbow": "ForeArm", "Wrist": "Hand", "Shoulder": "Arm", "Hip": "UpLeg", "Knee": "Leg", "Ankle": "Foot"}
    for name, place in LANDMARKS.items():
        side = next((side for side in ("Left", "Right") if name.startswith(side)), "")
        part = name.removeprefix(side)
        sign = 1 if side == "Left" else -1
        own = {"Ear": [sign * 0.07, 1.6, 0.0], "Nose": [0.0, 1.6 - 0.0404, 0.1]}.get(part)
        own = own or {"Index": [sign * 0.8, 1.42, 0.04], "Pinky": [sign * 0.8, 1.42, -0.03]}.get(part)
        own = own or ([sign * 0.09, 0.1 - 0.08, 0.92 / 5] if part == "Toe" else None)
        world[0, place] = torch.tensor(own) if own else rest[PLACE[side + names[part]]]
    world = (world - rest[0]) * torch.tensor([1.0, -1.0, -1.0])
    motion = motion_of(world)
    joints = positions(motion, rest)[0]
    wanted = rest - rest[0] + joints[0]
    assert (joints - wanted).norm(dim=1).max() < 0.03
    with pytest.raises(ValueError, match="landmarks must be"):
        motion_of(world * math.nan)


# ---- the network


@pytest.mark.parametrize(("batch", "side"), [(1, 32), (2, 64)])
def test_networks_keep_the_size_of_the_maps(batch, side):
    maps, codes = noise(batch, 32, side, side), noise(batch, 12)
    logits, uv = tiny()(maps, codes)
    assert logits.shape == (batch, 25, side, side)
    assert uv.shape == (batch, 48, side, side)
    picture, mask = tiny(DirectNet)(maps, codes)
    assert picture.shape == (batch, 3, side, side)
    assert mask.shape == (batch, 1, side, side)


def test_networks_refuse_other_maps_and_depend_on_their_seed_alone():
    with pytest.raises(ValueError, match=r"bone_maps must be \(B, 32, S, S\) with S a multiple of 16, got"):
        tiny()(noise(1, 32, 40, 40), noise(1, 12))
    before = torch.random.get_rng_state()
    one, two = tiny(seed=3), tiny(seed=3)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_fused_layers_say_the_same():
    net = tiny()
    net(noise(4, 32, 32, 32), noise(4, 12))  # means and deviations of its own
    net.eval()
    wanted = net(noise(1, 32, 32, 32), noise(1, 12))
    found = net.fused()(noise(1, 32, 32, 32), noise(1, 12))
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


# ---- the sampling function and the losses


def test_sampling_worked_by_hand():
    weights = torch.zeros(1, 25, 1, 2)
    weights[0, 3, 0, 0], weights[0, 5, 0, 0], weights[0, 24, 0, 0] = 0.5, 0.25, 0.25
    weights[0, 24, 0, 1] = 1.0  # background
    stack = torch.zeros(1, 24, 3, 2, 2)
    stack[0, 3, 0] = 0.8
    stack[0, 5, 1] = torch.tensor([[0.0, 1.0], [0.0, 1.0]])  # green grows with u
    uv = torch.full((1, 48, 1, 2), 0.5)
    image = sample(weights, uv, stack)
    torch.testing.assert_close(image[0, :, 0, 0], torch.tensor([0.4, 0.125, 0.0]))
    assert image[0, :, 0, 1].tolist() == [0, 0, 0]


def test_sampling_passes_gradients_to_weights_coordinates_and_textures():
    weights = noise(1, 25, 4, 4).softmax(1).requires_grad_()
    uv, stack = noise(1, 48, 4, 4, seed=1).requires_grad_(), noise(1, 24, 3, 8, 8, seed=2).requires_grad_()
    sample(weights, uv, stack, most=24).sum().backward()
    assert all(bool((tensor.grad != 0).any()) for tensor in (weights, uv, stack))


def test_texels_agree_with_grid_sample():
    textures = noise(5, 3, 6, 6)
    uv = noise(40, 2, seed=1)
    parts = torch.arange(40) % 5
    found = texels(textures, parts, uv)
    for place in range(40):
        grid = (2 * uv[place] - 1)[None, None, None]
        options = {"align_corners": False, "padding_mode": "border"}
        wanted = F.grid_sample(textures[parts[place], None], grid, **options)[0, :, 0, 0]
        torch.testing.assert_close(found[place], wanted, atol=1e-5, rtol=0)


def test_losses_worked_by_hand():
    logits = torch.zeros(1, 25, 1, 2)
    assert foreground_logits(logits).flatten().tolist() == pytest.approx([math.log(24)] * 2)
    mask = torch.tensor([[[[1.0, 0.0]]]])
    zero = torch.zeros(1, 1, 1, 2)
    assert mask_loss(zero, mask).tolist() == pytest.approx([2 * math.log(2)])  # two pixels, one of the foreground
    assert pixel_loss(torch.full((1, 3, 1, 2), 0.5), torch.zeros(1, 3, 1, 2), mask).tolist() == [1.0]
    uv = torch.full((1, 48, 1, 2), 0.25)
    known = initial_loss(logits, uv, torch.tensor([[[7, 24]]]), torch.full((1, 2, 1, 2), 0.75))
    assert known["uv"].tolist() == [0.5]
    assert known["parts"].tolist() == pytest.approx([2 * math.log(25)])


def test_image_loss_is_zero_for_equal_pictures_alone():
    descriptor = load_descriptor()
    image = noise(1, 3, 32, 32)
    assert image_loss(image, image, descriptor).item() == 0
    assert image_loss(image, 1 - image, descriptor).item() > 0.3


# ---- textures


def test_splatting_finds_the_texture_that_a_picture_was_sampled_from():
    truth = F.interpolate(noise(24, 3, 2, 2), size=16, mode="bilinear")
    uv = noise(40_000, 2, seed=3)
    parts = torch.randint(24, (40_000,), generator=seeded_generator(4))
    found = splat([Pixels(parts, uv, texels(truth, parts, uv), torch.ones(40_000), torch.ones(40_000))], side=16)
    assert (found - truth).abs().mean() < 0.02


def test_holes_have_the_colours_around_them():
    stack, known = torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    stack[..., 2, 2], known[..., 2, 2] = 0.6, 1.0
    torch.testing.assert_close(filled(stack, known), torch.full((1, 3, 8, 8), 0.6))


def test_unsure_pixels_and_edges_are_left_out():
    weights = torch.full((25, 6, 6), 0.01)
    weights[4] = 0.5
    weights[4, :, :3] = 0.95
    uv = torch.stack(torch.meshgrid(torch.linspace(0, 1, 6), torch.linspace(0, 1, 6), indexing="xy")).repeat(24, 1, 1)
    mask = torch.ones(1, 6, 6)
    mask[:, 0] = 0
    pixels = pixels_of(noise(3, 6, 6), mask, weights, uv)
    assert set(pixels.parts.tolist()) == {4}
    assert len(pixels.parts) == 3 * 4  # three sure columns; not the row outside and the one beside it


# ---- the renderer


def square():
    """A person who is a square of 0.8 m around the pelvis, facing z, of the colour (200, 100, 50)."""
    corners = np.array([[-0.4, 0.55, 0], [0.4, 0.55, 0], [0.4, 1.35, 0], [-0.4, 1.35, 0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
    rest = body().numpy()
    return Person(
        vertices=corners,
        faces=faces,
        hair=np.zeros(2, bool),
        corners_uv=uv[faces],
        parts=np.array([2, 2], np.uint8),
        part_uv=uv[faces],
        joints=np.zeros((4, 4), np.int64),
        weights=np.tile(np.array([[255, 0, 0, 0]], np.float32), (4, 1)),
        names=JOINTS,
        parents=tuple(JOINTS.index(PARENTS[name]) if name in PARENTS else -1 for name in JOINTS),
        rest_positions=rest,
        textures=(np.full((4, 4, 3), (200, 100, 50), np.uint8), None),
    )


def test_rendering_worked_by_hand():
    seen = render(square(), still(), 0, Camera(0, 0, 6), pixels=24)
    # 0.8 of 2.4 m: the eight pixels in the middle.
    wanted = torch.zeros(24, 24)
    wanted[8:16, 8:16] = 1
    torch.testing.assert_close(seen.mask[0], wanted)
    torch.testing.assert_close(seen.image[:, 12, 12] * 255, torch.tensor([200.0, 100.0, 50.0]), atol=0.6, rtol=0)
    assert seen.parts[12, 12] == 1
    assert seen.parts[0, 0] == 24
    assert seen.part_uv[:, 8, 8].tolist() == pytest.approx([1 / 16, 1 / 16], abs=0.01)
    assert render(square(), still(), 0, Camera(180, 0, 6), pixels=24).mask.sum() == 0  # its back is not drawn


# ---- training


def views(count=6, side=32):
    """People who are squares, each of two colours."""
    found = [render(square(), still(), 0, Camera(10 * place, 0, 5), pixels=side) for place in range(count)]
    return Views(
        torch.stack([(seen.image * 255).to(torch.uint8) for seen in found]),
        torch.stack([(seen.mask * 255).to(torch.uint8) for seen in found]),
        torch.stack([seen.parts.to(torch.uint8) for seen in found]),
        torch.stack([(seen.part_uv * 255).to(torch.uint8) for seen in found]),
        torch.stack([seen.joints for seen in found]),
        torch.tensor([seen.distance for seen in found]),
        torch.arange(count) % 2,
    )


def trainer(net, **knobs):
    window = Window(("Hips",), 1.2, 32)
    settings = {"people": 2, "code": 12, "window": window, "initial_steps": 4, "steps": 8, "batch": 2}
    return AvatarTrainer(net, views(), load_descriptor(), texture_side=8, **settings | knobs)


def test_training_fits_parts_then_pictures_and_can_be_gone_on_with():
    first = trainer(tiny())
    steps = list(first.run())
    assert [step.step for step in steps] == list(range(1, 9))
    assert steps[3].losses["parts"] < steps[0].losses["parts"]
    assert steps[3].losses["pixels"] == 0
    assert steps[-1].losses["features"] > 0
    half = trainer(tiny())
    run = half.run()
    for _ in range(5):
        next(run)
    run.close()
    rest = trainer(tiny(seed=9))
    rest.resume(half.state())
    again = list(rest.run())
    assert again[-1].losses["parts"] == pytest.approx(steps[-1].losses["parts"], rel=1e-3)


def test_direct_learns_pictures_from_the_first_step():
    steps = list(trainer(tiny(DirectNet), steps=30).run())
    assert steps[-1].losses["mask"] < steps[0].losses["mask"]
    assert steps[0].losses["parts"] == 0


def test_a_batch_moves_everything_together():
    data = views(side=64)
    window = Window(("Hips",), 1.2, 64)
    still_, moved = (
        batch_of(data, torch.tensor([0]), torch.tensor([shift]), window=window) for shift in ([0, 0], [3, -2])
    )
    for name in ("bone_maps", "images", "masks", "parts", "part_uv"):
        wanted = torch.roll(getattr(still_, name), (3, -2), dims=(-2, -1))
        assert torch.equal(getattr(moved, name), wanted), name


def stored(person, path):
    """A person as an archive of them, see `convgen.avatars.people`."""
    texture = BytesIO()
    Image.fromarray(person.textures[0]).save(texture, "WEBP", lossless=True)
    np.savez(
        path,
        verts=person.vertices,
        faces=person.faces.astype(np.uint16),
        face_mat=np.zeros(len(person.faces), np.uint8),
        uv=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
        weights=person.weights.astype(np.uint8),
        joints=person.joints.astype(np.uint8),
        joint_names=np.array(person.names),
        joint_parents=np.array(person.parents, np.int16),
        joint_rest_pos=person.rest_positions,
        face_part=person.parts,
        part_uv=(person.part_uv * 65535).astype(np.uint16),
        tex0_webp=np.frombuffer(texture.getvalue(), np.uint8),
    )


def test_the_commands_train_a_network_and_make_textures(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train", "avatars"])
    for name in ("ann", "bob"):
        stored(square(), tmp_path / f"{name}.npz")
    (tmp_path / "walk.bvh").write_text(bvh(frames=[frame()] * 4))
    folders = {"people": tmp_path, "motions": tmp_path, "names": "ann,bob"}
    small = {"widths": "6,6,6,6", "outer": 6, "views": 2, "batch": 1, "initial_steps": 1, "steps": 2, "every": 2}
    for window in ("body", "head"):
        train_avatars(out=tmp_path / window, window=window, **folders, **small)
        assert (tmp_path / window / "sheet.png").is_file()
    monkeypatch.setattr(becoming, "HALF_SURE", 0.0)  # such a network is sure of nothing
    runs = {"body": tmp_path / "body", "head": tmp_path / "head"}
    splat_textures(out=tmp_path / "made", side=8, views=1, **runs, **folders)
    made = catalogue.unpacked(load_tensors(tmp_path / "made" / "bob" / "net.safetensors"))
    torch.testing.assert_close(made.rest, body(), atol=1e-3, rtol=0)
    assert made.texture_stack.shape == (24, 3, 8, 8)
    with pytest.raises(ValueError, match=r"must hold NAME\.npz of eve"):
        train_avatars(out=tmp_path / "none", **folders | {"names": "eve"})
    with pytest.raises(ValueError, match="window must be one of body, head, got 'foot'"):
        train_avatars(out=tmp_path / "none", window="foot", **folders)


# ---- views


def test_a_view_has_the_size_asked_and_its_background_shines_through():
    networks = Networks(tiny().eval(), tiny(seed=1).eval())
    for size in (64, 200):
        seen = view(networks, avatar(), positions(still(), body())[0], Camera(40, 10, 4), size=size)
        assert seen.picture.shape == (1, 3, size, size)
        assert seen.alpha.shape == (1, 1, size, size)
        assert 0 <= seen.picture.min() <= seen.picture.max() <= 1
        red = torch.tensor([1.0, 0, 0]).reshape(1, 3, 1, 1)
        outside = seen.alpha[0, 0] == 0
        assert torch.equal(blended(seen, red)[0, :, outside], red[0, :, :, 0].expand(3, int(outside.sum())))
    pictures = [bone_picture(seen.bone_maps), part_picture(seen.part_weights)]
    pictures += [uv_picture(seen.part_weights, seen.part_uv), stack_picture(avatar().texture_stack)]
    assert all(0 <= picture.min() <= picture.max() <= 1 and picture.shape[:2] == (1, 3) for picture in pictures)
    assert pictures[3].shape == (1, 3, 32, 48)


def test_views_refuse_what_cannot_be_seen():
    networks, joints = Networks(tiny().eval()), positions(still(), body())[0]
    with pytest.raises(ValueError, match="size must be between 64 and 1024, got 5000"):
        view(networks, avatar(), joints, Camera(), size=5000)
    with pytest.raises(ValueError, match="joints must be"):
        view(networks, avatar(), joints * math.nan, Camera())


# ---- what comes with the app


def test_motions_come_with_the_app():
    for name in catalogue.MOTIONS:
        motion = catalogue.load_motion(name)
        joints = positions(motion, body())
        assert len(motion) >= 30
        assert 1.2 < joints[:, PLACE["HeadEnd"], 1].max() < 2.6
    with pytest.raises(ValueError, match="the motion must be one of dance, "):
        catalogue.load_motion("sleep")


def test_avatars_are_stored_small_and_found_again():
    smooth = F.interpolate(noise(24, 3, 4, 4), size=32, mode="bilinear")
    stored = catalogue.packed(replace(avatar(), texture_stack=smooth))
    found = catalogue.unpacked(stored)
    assert found.texture_stack.shape == (24, 3, 32, 32)
    assert (found.texture_stack - smooth).abs().mean() < 0.03
    torch.testing.assert_close(found.rest, body())
    with pytest.raises(ValueError, match="the file must hold an avatar"):
        catalogue.unpacked({"textures": torch.zeros(5, dtype=torch.uint8)})
    with pytest.raises(ValueError, match="the avatar must be one of "):
        catalogue.load_avatar("nobody")


def test_every_avatar_of_the_app_is_a_person_in_one_piece():
    names = catalogue.available_avatars()
    assert names
    networks = catalogue.load_networks()
    for name in names:
        who = catalogue.load_avatar(name)
        seen = view(networks, who, positions(catalogue.load_motion("walk"), who.rest)[20], Camera(), size=128)
        covered = seen.alpha.mean().item()
        assert 0.05 < covered < 0.25, name
        assert seen.part_weights[0, :PARTS].sum(0).max() > 0.99
