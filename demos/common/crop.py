"""A picture with a square on it that can be dragged: which part of it is meant."""

from typing import Any

import gradio as gr
from PIL import Image

from convgen import images
from demos.common.tiles import data_address

SIDE = 640
TEMPLATE = """<div class="crop">${(v => {
  if (!v) return '';
  const wide = v.crop * Math.min(1, 1 / v.ratio), high = v.crop * Math.min(1, v.ratio);
  return `<img alt="Your picture" draggable="false" src="${v.image}"><div class="square" tabindex="0" role="group"
    aria-label="${name}: move it with the arrow keys"
    style="width:${wide}%;height:${high}%;left:${(100 - wide) * v.across / 100}%;top:${(100 - high) * v.down / 100}%">
    </div>`;
})(value)}</div>"""
CSS = """.crop { position: relative; overflow: hidden; border-radius: var(--radius-lg); max-width: 460px;
        margin-inline: auto; }
.crop img { display: block; width: 100%; margin: 0; border-radius: 0; }
.square { position: absolute; box-sizing: border-box; border: 2px solid white; cursor: move; touch-action: none;
          box-shadow: 0 0 0 1px rgb(0 0 0 / .6), 0 0 0 2000px rgb(0 0 0 / .5); }
.square:focus-visible { outline: 3px solid var(--primary-500); outline-offset: -4px; }"""
JS = """let from = null;
const clip = x => Math.max(0, Math.min(100, x));
const place = (square, across, down) => {
  square.style.left = (100 - parseFloat(square.style.width)) * across / 100 + '%';
  square.style.top = (100 - parseFloat(square.style.height)) * down / 100 + '%';
};
const moved = event => {
  const free = [element.querySelector('.crop').clientWidth - from.square.offsetWidth,
                element.querySelector('.crop').clientHeight - from.square.offsetHeight];
  return {across: clip(from.across + (free[0] > 0 ? 100 * (event.clientX - from.x) / free[0] : 0)),
          down: clip(from.down + (free[1] > 0 ? 100 * (event.clientY - from.y) / free[1] : 0))};
};
const tell = change => { props.value = {...props.value, ...change}; trigger('input'); };
element.addEventListener('pointerdown', event => {
  const square = event.target.closest('.square');
  if (!square) return;
  square.setPointerCapture(event.pointerId);
  from = {x: event.clientX, y: event.clientY, square, across: props.value.across, down: props.value.down};
});
element.addEventListener('pointermove', event => {
  if (from) { const to = moved(event); place(from.square, to.across, to.down); }
});
element.addEventListener('pointerup', event => {
  if (!from) return;
  const to = moved(event);
  from = null;
  tell(to);
});
element.addEventListener('pointercancel', () => { from = null; props.value = {...props.value}; });
element.addEventListener('keydown', event => {
  const step = {ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5]}[event.key];
  if (!step || !event.target.closest('.square')) return;
  event.preventDefault();
  tell({across: clip(props.value.across + step[0]), down: clip(props.value.down + step[1])});
  requestAnimationFrame(() => element.querySelector('.square')?.focus());
});"""
WITH_SIDE = "(crop, value) => value && ({...value, crop})"
"""JavaScript of an event with the side in % and a Cropper's value, for the Cropper."""


class Cropper(gr.HTML):
    """A component whose value says where the square lies, see `square_on`; None hides it.

    Args:
        name: what screen readers call the square.
    """

    is_template = True

    def __init__(self, value: dict[str, Any] | None = None, *, name: str = "The square", **rest: Any):
        texts = {"html_template": TEMPLATE, "css_template": CSS, "js_on_load": JS} | rest
        super().__init__(value, name=name, **texts)

    def get_block_name(self) -> str:
        return "html"


def square_on(picture: Image.Image | None, crop: float, across: float, down: float) -> dict[str, Any] | None:
    """The value of a Cropper: a picture, the side of the square in % of the shorter side, and where it lies in %."""
    if picture is None:
        return None
    small = images.on_white(images.fit_within(picture, longest_side=SIDE))
    ratio = picture.width / picture.height
    return {"image": data_address(small), "ratio": ratio, "crop": crop, "across": across, "down": down}


def cut_square(picture: Image.Image, crop: float, across: float, down: float) -> Image.Image:
    """The part of a picture that lies in the square, RGB on white.

    Args:
        crop: its side in % of the picture's shorter one.
        across, down: where it lies, in % of the way from the left and from the top.
    """
    width, height = picture.size
    side = max(1, round(min(width, height) * crop / 100))
    left, top = round((width - side) * across / 100), round((height - side) * down / 100)
    return images.on_white(picture.crop((left, top, left + side, top + side))).convert("RGB")
