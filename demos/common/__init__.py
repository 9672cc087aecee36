"""What every tab needs: the device, safe inputs, previews and downloads, the look."""

from demos.common.device import DEVICE, DEVICE_QUEUE, on_device, plain_error
from demos.common.inputs import (
    MaskEditor,
    Painted,
    Picture,
    choice,
    fit_with_note,
    mask_editor,
    number,
    whole_number,
)
from demos.common.look import CSS, bring_into_view, header, side_by_side, theme
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
    "MaskEditor",
    "Painted",
    "Picture",
    "Throttle",
    "bring_into_view",
    "choice",
    "duration",
    "fit_with_note",
    "header",
    "mask_editor",
    "number",
    "on_device",
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
