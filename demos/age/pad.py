"""A map with a mark on it that can be dragged: two numbers at once."""

from typing import Any

import gradio as gr

TEMPLATE = """<div class="pad" ${image ? '' : 'hidden'}><img alt="" draggable="false" src="${image}">
<div class="mark" tabindex="0" role="group" aria-label="${name}: move the mark with the arrow keys"
 style="left:${value ? value.x : 50}%;top:${value ? value.y : 50}%"></div></div>"""
CSS = """.pad { position: relative; overflow: hidden; border-radius: var(--radius-lg); cursor: crosshair;
       touch-action: none; border: 1px solid var(--border-color-primary); }
.pad[hidden] { display: none; }
.pad img { display: block; width: 100%; aspect-ratio: 2 / 1; object-fit: fill; margin: 0; border-radius: 0;
           user-select: none; }
.mark { position: absolute; width: 22px; height: 22px; margin: -11px 0 0 -11px; border-radius: 50%;
        border: 3px solid white; box-shadow: 0 0 0 2px rgb(0 0 0 / .75), inset 0 0 0 2px rgb(0 0 0 / .75);
        cursor: move; }
.mark:focus-visible { outline: 3px solid var(--primary-500); outline-offset: 3px; }"""
JS = """let held = false;
const steps = {ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2]};
const clip = x => Math.max(0, Math.min(100, x));
const wrap = x => ((x % 100) + 100) % 100;
const tell = place => { props.value = place; trigger('input'); };
const follow = event => {
  const box = element.querySelector('.pad').getBoundingClientRect();
  tell({x: clip(100 * (event.clientX - box.left) / box.width), y: clip(100 * (event.clientY - box.top) / box.height)});
};
element.addEventListener('pointerdown', event => {
  if (!event.target.closest('.pad')) return;
  event.preventDefault();
  held = true;
  element.setPointerCapture(event.pointerId);
  follow(event);
});
element.addEventListener('pointermove', event => { if (held) follow(event); });
const drop = () => { if (held) { held = false; trigger('submit'); } };
element.addEventListener('pointerup', drop);
element.addEventListener('pointercancel', drop);
element.addEventListener('keydown', event => {
  const step = steps[event.key];
  if (!step || !event.target.closest('.mark')) return;
  event.preventDefault();
  const at = props.value || {x: 50, y: 50};
  tell({x: wrap(at.x + step[0]), y: clip(at.y + step[1])});
  requestAnimationFrame(() => element.querySelector('.mark')?.focus());
});
element.addEventListener('keyup', event => {
  if (steps[event.key] && event.target.closest('.mark')) trigger('submit');
});"""


class Pad(gr.HTML):
    """A component whose value is where the mark lies, {"x", "y"} in % from the left and from the top.

    Args:
        image: the map, a `data:` address; "" hides it.
        name: what screen readers call it.
    """

    is_template = True

    def __init__(self, value: dict[str, float] | None = None, *, image: str = "", name: str = "Map", **rest: Any):
        texts = {"html_template": TEMPLATE, "css_template": CSS, "js_on_load": JS} | rest
        super().__init__(value, image=image, name=name, **texts)

    def get_block_name(self) -> str:
        return "html"
