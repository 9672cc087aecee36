"""The look: theme, style sheet, header."""

import html
from collections.abc import Sequence

import gradio as gr


def theme() -> gr.themes.Base:
    """Colours and the fonts of the visitor's own system, so that nothing is fetched."""
    return gr.themes.Soft(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.amber,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_lg,
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    )


CSS = ""


def header(title: str, lead: str, entries: Sequence[tuple[str, str]], links: Sequence[tuple[str, str]]) -> str:
    """HTML of the first screen: what this is, one sentence a tab, where to read more."""
    return f"<h1>{html.escape(title)}</h1><p>{html.escape(lead)}</p>"
