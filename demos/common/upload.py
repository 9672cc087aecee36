"""A button that takes a file, which strangers may fill with anything."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.base import Component
from gradio.data_classes import FileData
from gradio.utils import is_in_or_equal
from pydantic import ValidationError

ELSEWHERE = "Upload the file itself; files elsewhere and web addresses are not opened."
NOT_A_FILE = "One uploaded file is expected here."


def uploaded_path(component: Component, file: FileData | None, elsewhere: str) -> str | None:
    """The path of an uploaded file; a sentence for one that lies elsewhere on this machine."""
    if file is None or not file.path:
        return None
    if not is_in_or_equal(file.path, component.GRADIO_CACHE):
        raise gr.Error(elsewhere, print_exception=False)
    return file.path


async def own_files_only(component: Component, path: str | Path | None, elsewhere: str) -> str | None:
    """Gradio would download an address that an API caller sends; this app fetches nothing for strangers."""
    if "://" in str(path):
        raise gr.Error(elsewhere, print_exception=False)
    return await Component.async_move_resource_to_block_cache(component, path)


class UploadedFile(FileData):
    """What a browser or an API caller sends for a file; anything else is answered by one sentence."""

    @classmethod
    def model_validate(cls, value: Any, **options: Any) -> "UploadedFile":
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        try:
            return super().model_validate(value, **options)
        except ValidationError as error:
            raise gr.Error(NOT_A_FILE, print_exception=False) from error


class Upload(gr.UploadButton):
    """`gr.UploadButton` whose value is the path of one uploaded file, or None; nothing is known of what is in it."""

    is_template = True

    def __init__(self, label: str, **rest: Any):
        super().__init__(label, **rest)
        self.data_model = UploadedFile

    def get_block_name(self) -> str:
        return "uploadbutton"

    async def async_move_resource_to_block_cache(self, path: str | Path | None) -> str | None:
        return await own_files_only(self, path, ELSEWHERE)

    def preprocess(self, payload: FileData | None) -> str | None:
        return uploaded_path(self, payload, ELSEWHERE)
