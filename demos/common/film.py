"""A video input that strangers may fill with anything."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.base import Component
from gradio.data_classes import FileData
from gradio.utils import is_in_or_equal
from pydantic import ValidationError

from convgen.video import NOT_A_VIDEO

UPLOAD = "Upload the video itself; files elsewhere and web addresses are not opened."


class FilmData(FileData):
    """What a browser or an API caller sends for a video; anything else is answered by one sentence."""

    @classmethod
    def model_validate(cls, value: Any, **options: Any) -> "FilmData":
        if isinstance(value, dict) and isinstance(value.get("video"), dict):  # as older clients send it
            value = value["video"]
        try:
            return super().model_validate(value, **options)
        except ValidationError as error:
            raise gr.Error(NOT_A_VIDEO, print_exception=False) from error


class Film(gr.Video):
    """`gr.Video` whose value is the path of an uploaded file, or None; see `convgen.video.probe` for what is in it."""

    is_template = True
    data_model = FilmData

    async def async_move_resource_to_block_cache(self, path: str | Path | None) -> str | None:
        if "://" in str(path):
            raise gr.Error(UPLOAD, print_exception=False)
        return await Component.async_move_resource_to_block_cache(self, path)

    def preprocess(self, payload: FileData | None) -> str | None:
        if payload is None or not payload.path:
            return None
        if not is_in_or_equal(payload.path, self.GRADIO_CACHE):
            raise gr.Error(UPLOAD, print_exception=False)
        return payload.path
