"""Small live curves: the value is plain numbers (which is what API callers get), the page draws them."""

from collections.abc import Mapping, Sequence
from typing import Any

from demos.widgets.widget import Widget

Points = Sequence[tuple[int, float]]
MOST_POINTS = 200
"""Of a curve that is sent; a run that keeps fewer than all of its steps must keep at least twice as many."""


class Chart(Widget):
    """A component whose value is a list of panels (see `panel`)."""

    is_template = True

    def __init__(self, value: Any = None, *, elem_id: str | None = None, **rest: Any):
        super().__init__(value, elem_id=elem_id, **rest)

    def api_info(self) -> dict[str, Any]:
        panels = "panels of a title, log, series (name, colour, points) and marks (name, step)"
        return {"type": "array", "items": {"type": "object"}, "description": panels}


def panel(
    title: str,
    series: Mapping[str, Points],
    colours: Mapping[str, str],
    *,
    log: bool = False,
    marks: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """One diagram: curves over steps.

    Args:
        series: name -> (step, value) points; of more than `MOST_POINTS` as many are sent, evenly spread.
        colours: name -> CSS colour.
        log: logarithmic values.
        marks: name -> step at which a dashed line stands.
    """
    return {
        "title": title,
        "log": log,
        "series": [{"name": n, "colour": colours[n], "points": spread(p)} for n, p in series.items()],
        "marks": [{"name": name, "step": step} for name, step in (marks or {}).items()],
    }


def spread(points: Points) -> list[list[float]]:
    """At most `MOST_POINTS` of them, evenly, with both ends.

    Their number never falls while a run goes on: Gradio sends a list as its difference to the one before, and programs
    cannot put together the difference to a longer one.
    """
    last = len(points) - 1
    count = min(len(points), MOST_POINTS)
    places = range(count) if count == len(points) else (round(at * last / (count - 1)) for at in range(count))
    return [list(points[place]) for place in places]
