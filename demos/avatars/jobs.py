"""What runs: a person is rendered, moves, and is driven by a photo, a video or a webcam."""

import base64
import io
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
import torch
from PIL import Image, ImageOps
from torch import Tensor

from convgen import images
from convgen.avatars.camera import Camera
from convgen.avatars.figures import bone_picture, part_picture, stack_picture, uv_picture
from convgen.avatars.motion import Motion, looped, positions
from convgen.avatars.rendering import SIZES, View, blended, view
from convgen.progress import Progress
from demos import common
from demos.avatars import form, texts
from demos.avatars.form import RENDER, Pose
from demos.common.animation import Frames, Loop, save_gif, save_mp4
from demos.common.footage import while_waiting
from demos.common.job import Job
from demos.common.outputs import data_address, new_file
from demos.common.quick import quickly
from demos.common.recent import Recent, key_of

MOVING_SIDE = 512
"""Of the picture while a slider moves, and of a motion."""
MOTION_FPS = 15
LOOKED_AT = 600
"""Frames of a motion in which a loop is looked for."""
LEAST_LOOP, LONGEST_LOOP = 90, 150
"""Frames of a loop: at least so many of the motion, at most so many that are shown."""
LOOP_LIMIT_S = 120.0
LOOP_SHOWN_S = 0.08
GRACE_S = 30.0
GIF_SIDE = 384
SMALL = 192
SCENES = Recent[Image.Image](most=16)
"""Backgrounds, square and reduced."""
STAGE = "the stage of the avatar"
"""A place of the page, see `on_device`."""
SKIP = gr.skip()


@dataclass(frozen=True)
class Shot:
    """What is to be rendered, checked.

    Attributes:
        joints: (J, 3) metres.
        scene: a square picture for the background, a colour, or None for a transparent one.
        record: what goes into its file.
    """

    avatar: str
    joints: Tensor
    camera: Camera
    scene: Image.Image | tuple[float, float, float] | None
    size: int
    record: dict[str, str | int | float | bool]


def shot(
    values: Mapping[str, Any],
    *,
    own: str | None = None,
    pose: Pose | None = None,
    scene: Image.Image | str | None = None,
) -> Shot:
    """What is asked for.

    Args:
        values: of the fields of `RENDER`.
        own: path of the visitor's own motion.
        pose: of somebody in a photo, instead of a frame of a motion.
        scene: the picture for the background, or its key.
    Raises:
        ValueError: one sentence for the visitor.
    """
    asked = RENDER.check(values)
    form.need_avatars()
    if pose is None:
        joints = form.standing(asked["avatar"], asked["motion"], asked["frame"], own)
    else:
        joints = form.posed(asked["avatar"], pose)
        asked |= {"motion": "photo", "frame": 0}
    behind = background(asked, scene)
    record = asked | {"technique": "avatars", "synthetic": texts.SYNTHETIC, "avatar": form.name_of(asked["avatar"])}
    record["colour"] = values.get("colour", RENDER["colour"].default)
    return Shot(asked["avatar"], joints, form.camera(asked), behind, asked["size"], record)


def background(asked: Mapping[str, Any], scene: Image.Image | str | None) -> Any:
    """What is behind the person, see `Shot.scene`.

    Raises:
        ValueError: there is no picture; one sentence.
    """
    if asked["background"] != "picture":
        return asked["colour"] if asked["background"] == "colour" else None
    found = SCENES.get(scene) if isinstance(scene, str) else scene
    if found is None:
        raise ValueError(texts.ADD_BACKGROUND)
    return found


@quickly
def keep_scene(picture: Image.Image | None) -> str | None:
    """The key of a picture for the background, which is known for a while; None if there is none."""
    if picture is None:
        return None
    key = key_of(picture)
    SCENES.made(key, lambda: square(picture))
    return key


def square(picture: Image.Image) -> Image.Image:
    """The middle of a picture, RGB on white, at most as large as anybody may ask for."""
    side = min(min(picture.size), SIZES[1])
    return ImageOps.fit(images.on_white(picture).convert("RGB"), (side, side), Image.Resampling.LANCZOS)


def look(taken: Shot, size: int) -> View:
    """The person as the network renders them."""
    return view(form.networks(), form.avatar(taken.avatar), taken.joints, taken.camera, size=size)


def finished(seen: View, taken: Shot) -> Image.Image:
    """The person before the background (Thesis section 6.3.2): RGB, or RGBA where it is transparent."""
    if taken.scene is None:
        return with_outline(seen)
    if isinstance(taken.scene, Image.Image):
        size = seen.picture.shape[-2:]
        behind = images.to_tensor(taken.scene.resize(size, Image.Resampling.BILINEAR)).expand(1, 3, *size)
    else:
        behind = torch.tensor(taken.scene)[None, :, None, None]
    return images.to_picture(blended(seen, behind))


def with_outline(seen: View) -> Image.Image:
    """RGBA; nothing hides where the person is not."""
    layers = torch.cat([seen.picture * (seen.alpha > 1 / 510), seen.alpha], dim=1)[0]
    return Image.fromarray(layers.mul(255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy(), "RGBA")


def address(picture: Image.Image) -> str:
    """A picture as a `data:` address, with its transparency."""
    if picture.mode != "RGBA":
        return data_address(picture, quality=88)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=85, method=0, alpha_quality=70)
    return address_of(buffer.getvalue())


def address_of(webp: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp).decode()


# ---- at once


@quickly
def preview(values: Mapping[str, Any], *, explain: bool = False, **rest: Any) -> tuple[str, list[dict] | None]:
    """The picture while a slider moves, and what the network computes for it if it is to be explained."""
    taken = shot(values, **rest)
    seen = look(taken, min(taken.size, MOVING_SIDE))
    return address(finished(seen, taken)), figure(seen, taken) if explain else None


@quickly
def still(values: Mapping[str, Any], *, explain: bool = False, **rest: Any) -> tuple[str, list[dict] | None, str, str]:
    """The picture at its full size, what the network computes, a line, and the path of its file."""
    taken = shot(values, **rest)
    started = time.perf_counter()
    seen = look(taken, taken.size)
    picture = finished(seen, taken)
    line = f"Rendered in {common.in_milliseconds(time.perf_counter() - started)} · {taken.size} x {taken.size} pixels"
    return address(picture), figure(seen, taken) if explain else None, line, save(picture, taken)


def save(picture: Image.Image, taken: Shot) -> str:
    return common.save_png(picture, taken.record, f"avatar-{form.name_of(taken.avatar)}")


def figure(seen: View, taken: Shot) -> list[dict[str, str]]:
    """Fig. 6.2: small pictures of what the network gets and gives."""
    made = {
        "bones": bone_picture(seen.bone_maps),
        "parts": part_picture(seen.part_weights),
        "places": uv_picture(seen.part_weights, seen.part_uv),
    }
    shown = {name: small(picture) for name, picture in made.items()} | {"textures": stack_of(taken.avatar)}
    return [{"image": image, "caption": texts.FIGURE_PARTS[name]} for name, image in shown.items()]


def small(picture: Tensor) -> str:
    return data_address(images.fit_within(images.to_picture(picture), longest_side=SMALL))


@lru_cache(maxsize=16)
def stack_of(avatar: str) -> str:
    """The textures of a person, which no slider changes."""
    return small(stack_picture(form.avatar(avatar).texture_stack))


@quickly
def read_motion(path: str) -> Motion:
    """The visitor's own motion, so that its errors come at once."""
    return form.moves(texts.OWN, path)


@quickly
def render_avatar(
    avatar: str = RENDER["avatar"].default,
    motion: str = RENDER["motion"].default,
    frame: int = RENDER["frame"].default,
    azimuth: float = RENDER["azimuth"].default,
    elevation: float = RENDER["elevation"].default,
    distance: float = RENDER["distance"].default,
    background: str = RENDER["background"].default,
    colour: str = RENDER["colour"].default,
    size: int = RENDER["size"].default,
    scene: Image.Image | None = None,
    bvh: str | None = None,
    person: str | None = None,
) -> tuple[str, dict]:
    """A person at a frame of a motion, seen from anywhere (Thesis Eq. 6.1).

    Args:
        motion: the name of a motion, or "own" for the file `bvh`.
        background: "transparent", "colour", or "picture" for `scene`.
        person: an avatar's file, for the avatar "own".
    Returns:
        a PNG file, with transparency where nothing is behind the person and the settings inside; and the settings.
    """
    values = {
        "avatar": form.who_of(avatar, person),
        "motion": motion,
        "frame": frame,
        "azimuth": azimuth,
        "elevation": elevation,
        "distance": distance,
        "background": background,
        "colour": colour,
        "size": size,
    }
    if bvh is not None and motion != texts.OWN:
        raise ValueError(texts.BVH_FOR_OWN)
    taken = shot(values, own=bvh, scene=None if scene is None else square(scene))
    return save(finished(look(taken, taken.size), taken), taken), taken.record


# ---- a motion


@common.on_device(deadline=LOOP_LIMIT_S + GRACE_S, place=STAGE, waiting=while_waiting)
def play(values: Mapping[str, Any], *, own: str | None = None, scene: str | None = None) -> Iterator[tuple]:
    """A motion as an endless loop, from where the camera is.

    Yields:
        the frame so far, and at the end the loop, `data:` addresses; status; the loop's path and settings; and the
        visitor's Job.
    """
    taken = shot(values | {"frame": 0}, own=own, scene=scene)
    moves = loop_of(form.moves(taken.record["motion"], own))
    size, fps = min(taken.size, MOVING_SIDE), round(moves.fps)
    job, target = Job(), new_file(f"avatar-{form.name_of(taken.avatar)}", ".webp")
    kept, latest = False, {}

    def steps() -> Iterator[Progress]:
        places = positions(moves, form.avatar(taken.avatar).rest)
        loop = Loop(target, (size, size), fps=fps)
        try:
            for step, joints in enumerate(places, 1):
                seen = view(form.networks(), form.avatar(taken.avatar), joints, taken.camera, size=size)
                latest["picture"] = finished(seen, taken)
                loop.add(latest["picture"])
                yield Progress(step, len(places), seen.picture, {})
        finally:
            loop.close()

    moments = job.watch(steps(), lambda p: f"{p.step / fps:.1f} s of motion", limit_s=LOOP_LIMIT_S,
                        every=LOOP_SHOWN_S, unit="frame")  # fmt: skip
    try:
        with closing(moments):
            for moment in moments:
                if moment.last:
                    kept = True
                    yield address_of(target.read_bytes()), moment.line, {"path": str(target)} | taken.record, job
                elif moment.progress is None:
                    yield SKIP, moment.line, None, job
                elif moment.shown:
                    yield address(latest["picture"]), moment.line, SKIP, SKIP
                else:
                    yield (SKIP,) * 4
    finally:
        if not kept:
            shutil.rmtree(target.parent)


def loop_of(moves: Motion) -> Motion:
    """The part of a motion that is shown, at about `MOTION_FPS`."""
    every = max(1, round(moves.fps / MOTION_FPS))
    loop = looped(moves.part(0, LOOKED_AT), least=LEAST_LOOP)
    return loop.part(0, every * LONGEST_LOOP, every)


def files_of(loop: Mapping[str, Any]) -> tuple[str, str]:
    """A loop that was played as a GIF and as an MP4, with the settings inside."""
    settings = dict(loop)
    path = Path(settings.pop("path"))
    comment = json.dumps(settings, ensure_ascii=False)
    with closing(Frames(path)) as frames, closing(Frames(path, longest_side=GIF_SIDE)) as small:
        options = {"comment": comment, "frame_ms": frames.frame_ms}
        return save_gif(small, path.stem, **options), save_mp4(frames, path.stem, **options)
