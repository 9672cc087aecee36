"""The look: theme, style sheet, header. Nothing here is fetched from elsewhere."""

import html
import json
import random
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
        block_border_width="1px",
        block_border_color="*neutral_200",
        input_border_color="*neutral_300",
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        checkbox_label_background_fill_selected="*primary_700",
        checkbox_label_background_fill_selected_dark="*primary_700",
        checkbox_label_text_color_selected="white",
        block_title_text_color="*primary_700",
        block_label_text_color="*primary_800",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
    )


def header(
    title: str, lead: str, entries: Sequence[tuple[str, str]], links: Sequence[tuple[str, str]], *, over: str = ""
) -> str:
    """HTML of the first screen.

    Args:
        title, lead: what this is, in a line and in a sentence or two.
        entries: (title, sentence) of each tab.
        links: (text, address) of what to read.
        over: a few words above the title.
    """
    e = html.escape
    rows = "".join(f"<li><strong>{e(name)}.</strong> {e(sentence)}</li>" for name, sentence in entries)
    anchors = "".join(f'<a href="{e(address)}" target="_blank" rel="noopener">{e(text)}</a>' for text, address in links)
    return (
        f'<header class="hero"><div class="words"><p class="over">{e(over)}</p><h1>{e(title)}</h1><p>{e(lead)}</p>'
        f'<ul>{rows}</ul><p class="links">{anchors}</p></div>{_from_noise_to_picture()}</header>'
    )


def _from_noise_to_picture(columns: int = 16, rows: int = 12) -> str:
    """A drawing for the header: squares that are noise on the left and a sunset over water on the right."""
    dice = random.Random(7)
    squares = []
    for y in range(rows):
        for x in range(columns):
            noise = (1 - x / (columns - 1)) ** 1.4
            sky = y / rows < 0.6
            hue = 32 - 60 * (y / rows) if sky else 178 + 3 * y
            light = 74 - 26 * (y / rows) if sky else 30 + 3 * (y % 2)
            if (x - columns * 0.74) ** 2 + (y - rows * 0.42) ** 2 < 5 and sky:
                hue, light = 46, 82
            hue += noise * dice.uniform(-150, 150)
            light += noise * dice.uniform(-30, 30)
            squares.append(f'<rect x="{x}" y="{y}" width="1.02" height="1.02" fill="hsl({hue:.0f} 58% {light:.0f}%)"/>')
    return f'<svg viewBox="0 0 {columns} {rows}" aria-hidden="true" focusable="false">{"".join(squares)}</svg>'


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
