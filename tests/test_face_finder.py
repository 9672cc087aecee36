"""Faces are found, wherever and however large, and brought to CelebA's framing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convgen import face_finder, images
from convgen.face_finder import CELEBA, FaceNet, celeba_square, find_faces, load_face_net

PHOTOS = Path("assets/photos")


@pytest.fixture(scope="module")
def portrait():
    return images.open_picture(PHOTOS / "astronaut_portrait.jpg")


@pytest.fixture(scope="module")
def face(portrait):
    (face,) = find_faces(portrait)
    return face


def test_shapes_of_the_network():
    with torch.no_grad():
        scores, boxes = FaceNet()(torch.rand(2, 3, 128, 128))
    assert scores.shape == (2, 896) and boxes.shape == (2, 896, 16)
    assert not load_face_net().training


def test_a_portrait_has_one_face_seen_from_the_front(face):
    assert face.score > 0.9 and face.turned < 0.3 and 80 < face.side < 130
    (right, _), (left, _), (_, nose), (_, mouth) = face.points[:4]
    assert right < left and nose < mouth
    assert face.box[0] < right and face.box[2] > left


def test_photos_without_a_face_have_none():
    for name in ("coffee", "mountains_picos", "cat_chelsea", "summer_palace", "dogs_window"):
        assert find_faces(images.open_picture(PHOTOS / f"{name}.jpg")) == [], name
    assert find_faces(Image.new("L", (1, 1))) == [] and find_faces(Image.new("RGBA", (3, 900))) == []


@pytest.mark.parametrize("scale", [0.35, 2.5])
def test_the_same_face_is_found_at_another_size(portrait, face, scale):
    (other,) = find_faces(portrait.resize((round(512 * scale),) * 2))
    assert np.allclose(np.array(other.points) / scale, face.points, atol=0.06 * face.side)


def test_several_faces_are_found_the_largest_first(portrait):
    hopper = images.open_picture(PHOTOS / "grace_hopper_portrait.jpg")
    group = Image.new("RGB", (1400, 700), "gray")
    group.paste(portrait, (0, 100))
    group.paste(hopper, (600, 50))
    group.paste(portrait.resize((256, 256)), (1130, 300))
    found = find_faces(group)
    centres = [(one.box[0] + one.box[2]) / 2 for one in found]
    assert len(found) == 3 and [one.side for one in found] == sorted((one.side for one in found), reverse=True)
    assert 600 < centres[0] < 1112 and centres[1] < 512 and centres[2] > 1130
    assert len(find_faces(group, most=2)) == 2


def test_a_face_lies_where_celeba_has_it_however_the_photo_is_turned(portrait):
    for angle in (0, 20, -20):
        turned = portrait.rotate(angle, Image.Resampling.BICUBIC, fillcolor="gray")
        square = celeba_square(turned, find_faces(turned)[0], side=256)
        assert square.size == (256, 256) and square.mode == "RGB"
        again = find_faces(square)[0]
        assert np.abs(np.array(again.points[:2]) / 256 - CELEBA[:2]).max() < 0.04, angle


def test_a_face_at_the_edge_repeats_the_edge(portrait, face):
    left, top, right, bottom = (round(value) for value in face.box)
    close = portrait.crop((left, top, right, bottom))
    square = celeba_square(close, face_finder.Face((0, 0, 1, 1), _moved(face, -left, -top), 1))
    whole = celeba_square(portrait, face)
    middle = np.s_[50:90, 45:80]
    assert np.abs(np.asarray(square, int)[middle] - np.asarray(whole, int)[middle]).mean() < 3


def _moved(face, across, down):
    return tuple((x + across, y + down) for x, y in face.points)
