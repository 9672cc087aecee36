"""A video input that strangers may fill with anything."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData
from pydantic import ValidationError

from convgen.video import NOT_A_VIDEO
from demos.common.upload import own_files_only, uploaded_path

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
        return await own_files_only(self, path, UPLOAD)

    def preprocess(self, payload: FileData | None) -> str | None:
        return uploaded_path(self, payload, UPLOAD)
