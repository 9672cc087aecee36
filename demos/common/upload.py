"""A button that takes a file, which strangers may fill with anything."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.base import Component
from gradio.data_classes import FileData, ListFiles
from gradio.utils import is_in_or_equal

ELSEWHERE = "Upload the file itself; files elsewhere and web addresses are not opened."
NOT_KEPT = "This file is not kept here any more: upload it again."
LONGEST_NAME, LONGEST_PATH = 255, 4000
"""Bytes; systems know no longer ones."""


def uploaded_path(component: Component, file: FileData | None, elsewhere: str) -> str | None:
    """The path of an uploaded file; a sentence for one that lies elsewhere on this machine."""
    if file is None or not file.path:
        return None
    if not is_in_or_equal(file.path, component.GRADIO_CACHE):
        raise gr.Error(elsewhere, print_exception=False)
    if not Path(file.path).is_file():
        raise gr.Error(NOT_KEPT, print_exception=False)
    return file.path


async def own_files_only(component: Component, path: str | Path | None, elsewhere: str) -> str | None:
    """Gradio would download an address that an API caller sends; this app fetches nothing for strangers."""
    if "://" in str(path):
        raise gr.Error(elsewhere, print_exception=False)
    return await Component.async_move_resource_to_block_cache(component, path)


def refuse_odd_paths(data: Any) -> None:
    """Raise gr.Error for a path that no uploaded file can have, which Gradio would hand to the system.

    Args:
        data: what came in, as JSON holds it; files are dicts with a "path".
    """
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("path"), str) and not _likely(one["path"]):
                raise gr.Error(ELSEWHERE, print_exception=False)
            waiting += one.values()
        elif isinstance(one, (list, tuple)):
            waiting += one


def _likely(path: str) -> bool:
    try:
        name = path.encode()
    except UnicodeEncodeError:
        return False
    return b"\0" not in name and len(name) <= LONGEST_PATH and max(map(len, name.split(b"/"))) <= LONGEST_NAME


class Upload(gr.UploadButton):
    """`gr.UploadButton` whose value is the path of one uploaded file, or None; nothing is known of what is in it."""

    is_template = True

    def get_block_name(self) -> str:
        return "uploadbutton"

    async def async_move_resource_to_block_cache(self, path: str | Path | None) -> str | None:
        return await own_files_only(self, path, ELSEWHERE)

    def preprocess(self, payload: FileData | None) -> str | None:
        return uploaded_path(self, payload, ELSEWHERE)


class Uploads(Upload):
    """The same for several files at once, with `file_count="multiple"`: their paths, none if there are none."""

    is_template = True

    def preprocess(self, payload: ListFiles | FileData | None) -> list[str]:
        files = [payload] if isinstance(payload, FileData) else payload.root if payload else []
        paths = [uploaded_path(self, file, ELSEWHERE) for file in files]
        return [path for path in paths if path]
