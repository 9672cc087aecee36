"""What every tab needs: the device, safe inputs, previews and downloads, the look."""

from demos.common.device import DEVICE, DEVICE_QUEUE, QUIET, descriptor, on_device, plain_error
from demos.common.inputs import (
    LARGEST_SEED,
    MaskEditor,
    Painted,
    Picture,
    choice,
    default,
    fit_with_note,
    mask_editor,
    number,
    whole_number,
)
from demos.common.job import Job
from demos.common.look import CSS, bring_into_view, header, name_picture, one_click, side_by_side, theme
from demos.common.outputs import (
    Throttle,
    duration,
    preview,
    preview_pair,
    read_settings,
    save_png,
    status_line,
)

__all__ = [
    "CSS",
    "DEVICE",
    "DEVICE_QUEUE",
    "LARGEST_SEED",
    "QUIET",
    "Job",
    "MaskEditor",
    "Painted",
    "Picture",
    "Throttle",
    "bring_into_view",
    "choice",
    "default",
    "descriptor",
    "duration",
    "fit_with_note",
    "header",
    "mask_editor",
    "name_picture",
    "number",
    "on_device",
    "one_click",
    "plain_error",
    "preview",
    "preview_pair",
    "read_settings",
    "save_png",
    "side_by_side",
    "status_line",
    "theme",
    "whole_number",
]
