"""People are found and their landmarks lie where they are, however the photo is turned; trembling is smoothed."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convgen import images, pose_detection, pose_finder, pose_network
from convgen.face_finder import find_faces
from convgen.pose_finder import LANDMARKS, find_people, find_pose, track
from convgen.pose_network import PoseDetector, PoseNet, load_detector, load_pose_net
from convgen.pose_regions import Region, cut
from convgen.smoothing import Smoother

PHOTOS = Path("assets/photos")


@pytest.fixture(scope="module")
def portrait():
    return images.open_picture(PHOTOS / "astronaut_portrait.jpg")


@pytest.fixture(scope="module")
def person(portrait):
    (person,) = find_people(portrait)
    return person


def at(person, name):
    return person.landmarks[LANDMARKS.index(name), :2]


def test_shapes_of_the_networks():
    with torch.no_grad():
        scores, boxes = PoseDetector()(torch.rand(2, 3, 224, 224))
        points, world, presence, heatmaps = PoseNet()(torch.rand(1, 3, 256, 256))
    assert scores.shape == (2, 2254) and boxes.shape == (2, 2254, 12)
    assert points.shape == (1, 39, 5) and world.shape == (1, 39, 3) and presence.shape == (1,)
    assert heatmaps.shape == (1, 39, 64, 64)
    assert not load_detector().training and not load_pose_net().training


def test_the_networks_give_the_numbers_of_the_original(portrait):
    """What an interpreter of the original graphs gives for the same input."""
    whole = Region(256, 256, 512)
    with torch.no_grad():
        scores, boxes = load_detector()(cut(portrait, whole, side=224, outside="zeros"))
        points, world, presence, _ = load_pose_net()(cut(portrait, whole, side=256, outside="border"))
    best = int(scores.argmax())
    assert best == 583 and scores[0, best].item() == pytest.approx(1.4887, abs=0.01)
    expected = [0.646, -2.054, 44.739, 44.738, -27.725, 155.411, 12.297, -74.918]
    assert np.allclose(boxes[0, best, :8], expected, atol=0.05)
    assert presence.sigmoid().item() == pytest.approx(0.9096, abs=0.002)
    expected = [[117.052, 58.622, -338.881], [138.863, 96.795, -162.436], [79.004, 150.938, -2.937]]
    assert np.allclose(points[0, [0, 11, 24], :3], expected, atol=0.1)
    expected = [[0.1063, -0.4615, -0.4667], [0.2364, -0.265, -0.1797], [-0.1235, -0.0055, -0.0015]]
    assert np.allclose(world[0, [0, 11, 24]], expected, atol=1e-3)


def test_the_landmarks_of_a_portrait_lie_on_the_face_and_the_legs_are_not_seen(portrait, person):
    assert person.presence > 0.9 and person.seen < 0.6
    assert person.landmarks.shape == person.world.shape == (33, 3) and person.visibility.shape == (33,)
    (face,) = find_faces(portrait)
    for name, point in zip(("right eye", "left eye", "nose"), face.points, strict=False):
        assert np.linalg.norm(at(person, name) - point) < 0.15 * face.side, name
    assert np.allclose(person.world[pose_finder.HIPS].mean(0), 0, atol=0.02)
    shoulders = [LANDMARKS.index(f"{side} shoulder") for side in ("left", "right")]
    left, right = person.world[shoulders]
    assert left[0] - right[0] > 0.2 and max(left[1], right[1]) < -0.2
    assert person.box[0] < at(person, "right eye")[0] < person.box[2]


@pytest.mark.parametrize("turns", [1, 2])
def test_a_photo_that_lies_or_stands_on_its_head_has_the_same_person(portrait, person, turns):
    turned = portrait.transpose([Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180][turns - 1])
    (other,) = find_people(turned)
    away = (other.region.angle - person.region.angle - turns * math.pi / 2) / (2 * math.pi)
    assert abs(away - round(away)) < 0.05
    for name in ("nose", "left shoulder", "right shoulder"):
        x, y = at(person, name)
        expected = [(512 - y, x), (512 - x, 512 - y)][turns - 1]
        assert np.linalg.norm(at(other, name) - expected) < 0.05 * person.size, name


def test_photos_without_a_person_have_none():
    for name in ("coffee", "mountains_picos", "sunset"):
        assert find_people(images.open_picture(PHOTOS / f"{name}.jpg")) == [], name
    assert find_people(Image.new("L", (1, 1))) == [] and find_pose(Image.new("RGBA", (3, 900))) is None


def test_a_long_photo_is_looked_at_in_few_windows():
    for size, count in (((640, 640), 1), ((640, 480), 3), ((480, 640), 3), ((2000, 500), 8), ((900, 3), 8)):
        squares = pose_detection.views(size)
        assert len(squares) == count and squares[0] == Region(size[0] / 2, size[1] / 2, max(size)), size
        assert min(view.side for view in squares) >= max(min(size), max(size) / 4)
        assert len(pose_detection.closer_views(size)) <= 16, size


def test_somebody_far_away_is_found_and_only_the_subject_if_somebody_is_near(portrait):
    far = Image.new("RGB", (640, 640), "gray")
    far.paste(portrait.resize((128, 128)), (450, 380))
    (other,) = find_people(far)
    assert 450 < at(other, "nose")[0] < 578 and 380 < at(other, "nose")[1] < 508
    far.paste(portrait.resize((400, 400)), (20, 20))
    (near,) = find_people(far)
    assert near.size > 2 * other.size


def test_several_people_are_found_the_largest_first(portrait):
    group = Image.new("RGB", (1300, 640), "gray")
    group.paste(portrait.resize((384, 384)), (40, 256))
    group.paste(portrait.resize((640, 640)), (640, 0))
    found = find_people(group)
    assert len(found) == 2 and found[0].size > found[1].size
    assert at(found[0], "nose")[0] > 640 > at(found[1], "nose")[0]
    assert len(find_people(group, most=1)) == 1


def test_legs_that_look_like_somebody_upside_down_are_nobody_else(person):
    ghost = replace(person, region=replace(person.region, angle=3.0), landmarks=person.landmarks[::-1], presence=0.85)
    beside = replace(ghost, box=tuple(value + 2 * person.size for value in person.box))
    assert pose_finder._apart([ghost, person, beside]) == [person, beside]


def test_somebody_is_followed_until_they_are_gone(portrait, person):
    moved = Image.new("RGB", portrait.size)
    moved.paste(portrait, (25, 10))
    next_one = track(moved, person)
    for name in ("nose", "left eye", "left shoulder"):
        assert np.linalg.norm(at(next_one, name) - at(person, name) - [25, 10]) < 0.03 * person.size, name
    assert track(Image.new("RGB", portrait.size, "gray"), person) is None


def test_a_region_is_cut_turned_scaled_and_padded():
    photo = Image.new("RGB", (40, 20), "red")
    photo.paste("blue", (20, 0, 40, 20))
    whole = cut(photo, Region(20, 10, 40), side=8, outside="zeros")
    assert whole.shape == (1, 3, 8, 8)
    assert whole[0, :, 0].abs().max() == 0 and torch.equal(whole[0, :, 4, 0], torch.tensor([1.0, 0, 0]))
    assert torch.equal(whole[0, :, 4, 7], torch.tensor([0.0, 0, 1]))
    # Up in the square is to the right in the photo.
    turned = cut(photo, Region(20, 10, 16, math.pi / 2), side=8, outside="border")
    assert torch.allclose(turned[0, :, 0, 3], torch.tensor([0.0, 0, 1]), atol=1e-5)
    assert torch.allclose(turned[0, :, 7, 3], torch.tensor([1.0, 0, 0]), atol=1e-5)
    corner = Region(20, 10, 16, math.pi / 2).to_photo(np.array([[0.0, 0.0]]))
    assert np.allclose(corner, [[28, 2]])


def test_landmarks_in_space_follow_those_in_the_picture():
    truth = np.random.default_rng(0).normal(size=(33, 3)) * 0.4
    truth[pose_finder.HIPS] = [[0.1, 0, 0], [-0.1, 0, 0]]
    seen = 100 * truth[:, :2] / (1 + truth[:, 2:] / 4) + 128
    wrong = truth.copy()
    wrong[15:17, :2] += 0.1
    better = pose_finder._agreeing(wrong, seen, np.ones(33))
    assert np.abs(better - truth)[15:17, :2].mean() < 0.05
    assert np.allclose(pose_finder._agreeing(truth, seen, np.ones(33)), truth, atol=1e-6)
    assert np.array_equal(pose_finder._agreeing(wrong, seen, np.zeros(33)), wrong)


def test_weights_with_many_zeros_are_packed_and_come_back():
    kept = {"most": torch.tensor([[0.0, 2], [0, 0]]).half(), "none": torch.ones(2, 3).half()}
    written = pose_network.packed(kept)
    assert set(written) == {"most.values", "most.places", "none"} and written["most.places"].tolist() == [0b0100_0000]
    back = pose_network.unpacked(written, kept)
    assert all(torch.equal(back[name].half(), kept[name]) for name in kept)


def test_smoothing_is_steady_at_rest_and_quick_in_motion():
    noise = 0.01 * np.random.default_rng(0).normal(size=(90, 33, 3))
    smoother, still = Smoother(), []
    for frame in noise:
        still.append(smoother(frame, seconds=1 / 30))
    assert np.std(np.diff(still[30:], axis=0)) < 0.3 * np.std(np.diff(noise[30:], axis=0))
    smoother.reset()
    for step in range(30):
        moved = smoother(np.full((33, 3), step / 30), seconds=1 / 30)  # 1.7 m/s
    assert 29 / 30 - moved[0, 0] < 0.07
    assert np.array_equal(smoother(moved + 1, seconds=0), moved)


def test_smoothing_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"must be above 0, got 0, 3\.0, 1\.0"):
        Smoother(steady=0)
    smoother = Smoother()
    smoother(np.zeros((2, 3)), seconds=0.1)
    with pytest.raises(ValueError, match=r"must stay \(2, 3\), got \(3, 3\); reset first"):
        smoother(np.zeros((3, 3)), seconds=0.1)
