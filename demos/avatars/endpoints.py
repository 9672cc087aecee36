"""`/render_avatar`, `/drive_avatar`, `/make_avatar` and `/dress_avatar`, for programs."""

import gradio as gr

from demos import common
from demos.avatars import driving, jobs, own
from demos.avatars.form import AVATAR, DRESS, DRIVE, RENDER
from demos.common.film import Film
from demos.common.quick import QUICK_QUEUE
from demos.common.upload import Upload, Uploads


def endpoints() -> None:
    """Called where the page is laid out; nothing of it is seen."""
    _at_once(
        jobs.render_avatar,
        [*RENDER.arguments().values(), _picture("Picture for the background"), _bvh(), _person()],
        [gr.File(visible=False, label="The picture"), gr.JSON(visible=False, label="Settings")],
    )
    _long(
        driving.drive_avatar,
        [
            _picture("Photo"),
            Film(visible=False, label="Video"),
            *DRIVE.arguments().values(),
            _picture("Picture for the background"),
            _person(),
        ],
        "The latest frame",
        "The picture or the video",
    )
    _long(
        own.make_avatar,
        [
            Uploads("Photos and videos", file_count="multiple", visible=False),
            gr.Checkbox(False, visible=False, label="Refined"),
        ],
        "The avatar",
        "Its file",
    )
    _at_once(
        own.dress_avatar,
        [AVATAR.argument(), _person(), _picture("Cloth, or what is printed"), *DRESS.arguments().values()],
        [gr.File(visible=False, label="The avatar's file"), gr.JSON(visible=False, label="Settings")],
    )


def _picture(label: str) -> common.Picture:
    return common.Picture(type="pil", image_mode=None, visible=False, label=label)


def _bvh() -> Upload:
    return Upload("A BVH file", visible=False)


def _person() -> Upload:
    return Upload("An avatar's file", visible=False)


def _at_once(function, inputs, outputs) -> None:
    gr.Button(visible=False).click(function, inputs, outputs, api_name=function.__name__, **QUICK_QUEUE)


def _long(function, inputs, shown: str, file: str) -> None:
    outputs = [
        gr.Textbox(visible=False, label=shown),
        gr.Textbox(visible=False, label="Status"),
        gr.File(visible=False, label=file),
        gr.State(None),
    ]
    gr.Button(visible=False).click(function, inputs, outputs, api_name=function.__name__, **common.DEVICE_QUEUE)
