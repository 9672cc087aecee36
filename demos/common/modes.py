"""Tabs within a tab, one for each way to use a technique, and the parts of the page that belong to some of them."""

from collections.abc import Iterable, Mapping


def seen_with(parts: Mapping[str, Iterable[str]]) -> str:
    """Rules of a style sheet: a part of the page is seen only while one of its tabs is open.

    The browser follows the tab that is open, at once; no answer of the server can show a part at the wrong time.

    Args:
        parts: `elem_id` of the part -> `elem_id` of each `gr.Tab` with which it is seen.
    """
    return "".join(
        f".gradio-container:not(:has(:is({', '.join(f'#{tab}' for tab in tabs)})"
        f':not([style*="display: none"]))) #{part} {{ display: none !important; }}\n'
        for part, tabs in parts.items()
    )
