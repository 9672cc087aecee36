"""A line that says what is going on, with a bar while it counts; and a picture that changes many times a second."""

from typing import Any

import gradio as gr

STATUS = """<div class="line"><div class="bar" aria-hidden="true" ${bar ? '' : 'hidden'}><i style="width:${
  (m => m ? 100 * m[1] / m[2] : /^Done/.test(value || '') ? 100 : 0)(/^\\w+ (\\d+) of (\\d+)/.exec(value || ''))
}%"></i></div>
<p role="status" aria-live="${/^\\w+ \\d+ of/.test(value || '') ? 'off' : 'polite'}">${value || ''}</p></div>"""
STATUS_CSS = """.line { min-height: ${least}em; }
.bar[hidden] { display: none; }
.bar { height: 6px; border-radius: 3px; overflow: hidden; background: var(--border-color-primary); }
.bar i { display: block; height: 100%; background: var(--primary-500); transition: width .3s; }
p { margin: 8px 0 0; line-height: 1.45; font-variant-numeric: tabular-nums; color: var(--body-text-color); }"""
LIVE = (
    """<div class="live">${value ? `<img alt="${name}" src="${value}"><output></output>` : `<p>${empty}</p>`}</div>"""
)
LIVE_CSS = """.live { position: relative; display: flex; align-items: center; justify-content: center;
        min-height: 300px; border: 1px solid var(--border-color-primary); border-radius: var(--radius-lg);
        overflow: hidden; background: var(--block-background-fill); }
.live img { display: block; width: 100%; max-height: 600px; object-fit: contain; margin: 0; border-radius: 0; }
.live p { max-width: 40ch; margin: 24px; text-align: center; color: var(--body-text-color-subdued); }
.live output { position: absolute; right: 10px; bottom: 10px; padding: 3px 9px; border-radius: 999px; font-size: .8rem;
               font-variant-numeric: tabular-nums; color: white; background: rgb(0 0 0 / .6); }
.live output:empty { display: none; }"""
LIVE_JS = """const times = [];
watch('value', () => {
  const now = performance.now(), output = element.querySelector('output');
  times.push(now);
  while (times[0] < now - 2000) times.shift();
  if (output && times.length > 3) {
    const rate = (times.length - 1) / (now - times[0]) * 1000;
    output.textContent = `${rate.toFixed(rate < 9.95 ? 1 : 0)} frames a second`;
  }
});"""


class Status(gr.HTML):
    """A line of text for everybody, screen readers included; "Step 3 of 9 ..." also moves a bar.

    Args:
        bar: whether there is one.
        least: height in lines that are kept free, so that nothing below jumps.
    """

    is_template = True

    def __init__(self, value: str = "", *, bar: bool = True, least: float = 2.6, **rest: Any):
        super().__init__(value, bar=bar, least=least, **{"html_template": STATUS, "css_template": STATUS_CSS} | rest)

    def get_block_name(self) -> str:
        return "html"


def status_and_stop(ready: str, *, name: str) -> tuple[Status, gr.Button]:
    """The status line of a long run and the Stop beside it, as #NAME-status and #NAME-stop."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=200):
            status = Status(ready, least=4.8, elem_id=f"{name}-status")
        stop = gr.Button("Stop", variant="stop", size="md", scale=1, min_width=80, elem_id=f"{name}-stop")
    return status, stop


class Live(gr.HTML):
    """A picture whose value is a `data:` address, for streams: no file is written for it."""

    is_template = True

    def __init__(self, value: str | None = None, *, name: str = "", empty: str = "", **rest: Any):
        texts = {"html_template": LIVE, "css_template": LIVE_CSS, "js_on_load": LIVE_JS} | rest
        super().__init__(value, name=name, empty=empty, **texts)

    def get_block_name(self) -> str:
        return "html"
