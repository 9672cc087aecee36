"""The look: theme, style sheet, headings. Nothing here is fetched from elsewhere."""

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
"""Style sheet of the page, and what `elem_classes` of any tab may say: a row `workbench` of a form and a column
`answers`, in which a column `begun` becomes visible once a run has begun: phones then show the answers above the form;
a gallery `side-by-side` has its captions below its pictures."""


def name_picture(selector: str, name: str) -> str:
    """JavaScript of an event: a name for screen readers for the picture in a `gr.Image`, which gradio gives none."""
    return f"""() => requestAnimationFrame(() => requestAnimationFrame(() => {{
  const picture = document.querySelector({json.dumps(selector + " .image-frame img")});
  if (picture) picture.alt = {json.dumps(name)};
}}))"""


def bring_into_view(selector: str) -> str:
    """JavaScript of an event: scroll to a part of the page unless it begins in the upper third of the window.

    Smoothly, unless it is more than a window away or the visitor has asked for less motion.
    """
    return f"""() => requestAnimationFrame(() => requestAnimationFrame(() => {{
  const part = document.querySelector({json.dumps(selector)}), top = part?.getBoundingClientRect().top;
  if (!part || (top >= 0 && top < innerHeight / 3)) return;
  const calm = Math.abs(top) > innerHeight || matchMedia('(prefers-reduced-motion: reduce)').matches;
  part.scrollIntoView({{behavior: calm ? 'instant' : 'smooth', block: 'start'}});
}}))"""


def with_props(component: gr.HTML, **changed: Any) -> Any:
    """`gr.update` of a component of ours that keeps its other properties.

    Gradio forgets them if the component is changed while it is hidden, or before its tab was opened for the first time.
    """
    return gr.update(**component.props | changed)


def one_click(selector: str) -> str:
    """JavaScript of a button's click: a double click is one click."""
    return f"""() => {{
  const button = document.querySelector({json.dumps(selector)});
  button.style.pointerEvents = 'none';
  setTimeout(() => button.style.pointerEvents = '', 1000);
}}"""


def theme() -> gr.themes.Base:
    """Colours, and the fonts of the visitor's own system."""
    return gr.themes.Soft(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.amber,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_lg,
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    ).set(
        body_background_fill="*neutral_50",
        body_text_color_subdued="*neutral_600",
        color_accent="*primary_700",
        slider_color="*primary_600",
        slider_color_dark="*primary_500",
        block_border_width="1px",
        block_border_color="*neutral_200",
        input_border_color="*neutral_500",
        input_border_color_dark="*neutral_500",
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        checkbox_label_background_fill_selected="*primary_700",
        checkbox_label_background_fill_selected_dark="*primary_700",
        checkbox_label_text_color_selected="white",
        block_title_text_color="*primary_800",
        block_title_background_fill_dark="*primary_700",
        block_label_background_fill_dark="*primary_700",
        block_label_text_color="*primary_800",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
    )


def heading(title: str, papers: Sequence[tuple[str, str]]) -> str:
    """HTML of a tab's title, with its papers beside it.

    Args:
        papers: (name, address) of each.
    """
    e = html.escape
    links = "".join(f'<a href="{e(address)}" target="_blank" rel="noopener">{e(name)}</a>' for name, address in papers)
    return f'<div class="heading"><h2 tabindex="-1">{e(title)}</h2><p>{links}</p></div>'


def side_by_side(*, format: str, elem_id: str) -> gr.Gallery:
    """Pictures to compare, two in a row, hidden until there are some; format "jpeg" or "png"."""
    return gr.Gallery(
        label="Side by side",
        show_label=False,
        columns=2,
        height="auto",
        object_fit="contain",
        format=format,
        buttons=["download", "fullscreen"],
        visible=False,
        elem_id=elem_id,
        elem_classes=["side-by-side"],
    )
