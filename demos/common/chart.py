"""Small live curves: the value is plain numbers (which is what API callers get), the page draws them."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

Points = Sequence[tuple[int, float]]
MOST_POINTS = 200
"""Of a curve that is sent; a run that keeps fewer than all of its steps must keep at least twice as many."""

TEMPLATE = """<div class="charts">${(() => {
  const W = 420, H = 210, L = 54, R = 14, T = 12, B = 40;
  const safe = text => String(text).replace(/[&<>"]/g, c => '&#' + c.charCodeAt(0) + ';');
  const ticks = (low, high) => {
    const span = high - low, unit = 10 ** Math.floor(Math.log10(span / 4));
    const step = [1, 2, 5, 10].map(m => m * unit).find(s => span / s <= 5);
    const found = [];
    for (let t = Math.ceil(low / step) * step; t <= high + step / 1e6; t += step) found.push(t);
    return found;
  };
  const short = x => String(Number(Number(x).toPrecision(3)));
  return (value || []).map(panel => {
    const height = y => panel.log ? Math.log10(Math.max(y, 1e-12)) : y;
    const all = panel.series.flatMap(s => s.points);
    if (all.length < 2) return '';
    const xs = all.map(p => p[0]), ys = all.map(p => height(p[1]));
    const x0 = Math.min(...xs), x1 = Math.max(x0 + 1, ...xs), margin = (Math.max(...ys) - Math.min(...ys)) * .08 || .5;
    const y0 = Math.min(...ys) - margin, y1 = Math.max(...ys) + margin;
    const X = x => (L + (x - x0) / (x1 - x0) * (W - L - R)).toFixed(1);
    const Y = y => (H - B - (y - y0) / (y1 - y0) * (H - T - B)).toFixed(1);
    const round = panel.log ? [1, 2, 5].flatMap(m => [...Array(13).keys()].map(k => Math.log10(m) - k + 2)) : [];
    const inside = round.filter(y => y >= y0 && y <= y1);
    const whole = inside.filter(y => Math.abs(y - Math.round(y)) < 1e-9);
    const levels = inside.length < 2 ? ticks(y0, y1) : inside.length > 5 && whole.length > 1 ? whole : inside;
    const label = y => panel.log ? short((10 ** y).toPrecision(2)) : short(y);
    const rows = levels.map(y => `<line class="grid" x1="${L}" x2="${W - R}" y1="${Y(y)}" y2="${Y(y)}"/>` +
      `<text x="${L - 6}" y="${Y(y)}" dy=".35em" text-anchor="end">${label(y)}</text>`).join('');
    const columns = ticks(x0, x1).filter(Number.isInteger).map(x =>
      `<text x="${X(x)}" y="${H - B + 18}" text-anchor="middle">${x}</text>`).join('');
    const path = s => s.points.map(p => X(p[0]) + ',' + Y(height(p[1]))).join(' ');
    const lines = panel.series.map(s => `<polyline points="${path(s)}" style="stroke:${safe(s.colour)}"/>`).join('');
    const marks = (panel.marks || []).filter(m => m.step >= x0 && m.step <= x1).map(m =>
      `<line class="mark" x1="${X(m.step)}" x2="${X(m.step)}" y1="${T}" y2="${H - B}"/>`).join('');
    const last = s => s.points.length ? ' ' + Number(s.points[s.points.length - 1][1]).toPrecision(3) : '';
    const legend = panel.series.map(s => `<span><i style="background:${safe(s.colour)}"></i>${safe(s.name)}` +
      `<b>${last(s)}</b></span>`).join('') + (panel.marks || []).map(m =>
      `<span><i class="dash"></i>${safe(m.name)}</span>`).join('');
    return `<figure><figcaption>${safe(panel.title)}</figcaption><svg viewBox="0 0 ${W} ${H}" role="img"
      aria-label="${safe(panel.title)}: ${safe(panel.series.map(s => s.name + last(s)).join(', '))}">${rows}${columns}
      <text x="${(L + W - R) / 2}" y="${H - 3}" text-anchor="middle">step</text>${marks}${lines}</svg>
      <p>${legend}</p></figure>`;
  }).join('');
})()}</div>"""
CSS = """.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 16px; }
figure { margin: 0; padding: 12px 14px 10px; border: 1px solid var(--border-color-primary);
         border-radius: var(--radius-lg); background: var(--block-background-fill); min-width: 0; max-width: 480px; }
figcaption { font-weight: 600; font-size: .88rem; color: var(--body-text-color); }
svg { display: block; width: 100%; height: auto; margin-top: 6px; }
svg text { fill: var(--body-text-color-subdued); font-size: 14px; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--border-color-primary); }
svg .mark { stroke: var(--body-text-color-subdued); stroke-dasharray: 4 4; }
polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
p { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 6px 0 0; font-size: .84rem; color: var(--body-text-color); }
p b { font-weight: 600; font-variant-numeric: tabular-nums; }
i { display: inline-block; width: 14px; height: 3px; margin-right: 6px; vertical-align: middle; border-radius: 2px; }
i.dash { height: 0; border-top: 2px dashed var(--body-text-color-subdued); }"""


class Chart(gr.HTML):
    """A component whose value is a list of panels (see `panel`)."""

    is_template = True

    def __init__(self, value: Any = None, *, elem_id: str | None = None, **rest: Any):
        rest = {"html_template": TEMPLATE, "css_template": CSS} | rest
        super().__init__(value, elem_id=elem_id, **rest)

    def get_block_name(self) -> str:
        return "html"

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
