"""The app: one tab per technique of the thesis. `python app.py` starts it; importing this module starts nothing."""

import html
import os
import re
from contextvars import ContextVar
from functools import partial
from importlib import import_module
from typing import Any

# Read when gradio, the Hub's client and torch are imported.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait slow a busy machine tenfold

from demos import start

if __name__ == "__main__":
    start.prepare()

import gradio as gr
from gradio.exceptions import ComponentProcessingError, InvalidPathError
from pydantic import ValidationError
from starlette.middleware import Middleware

from convgen.folders import ASSETS
from convgen.runtime import keep_freed_memory
from demos import common
from demos.common.exchange import connect
from demos.common.gradio_private import keep_sessions_small, keep_shown_pictures_whole, open_pages_sooner
from demos.common.housekeeping import housekeeping
from demos.common.inputs import UPLOAD
from demos.common.links import connect_links
from demos.common.listeners import Listeners
from demos.common.outputs import webp_address
from demos.common.refused import note_refusal
from demos.common.sessions import begin
from demos.common.talk import talk_mode
from demos.common.upload import refuse_odd_paths
from demos.widgets.front import Card, Front
from demos.widgets.mended import Mended

TABS = ("stylenet", "perceptual_gan", "avatars", "texture_nets", "deep_image_prior", "age")
"""Packages of `demos`, what appeals most first: `texts` has TITLE, SUMMARY and PAPERS, `page` has build() and CSS."""
TEXTS = {name: import_module(f"demos.{name}.texts") for name in TABS}
PAGES = {name: import_module(f"demos.{name}.page") for name in TABS}
ACTS = [act for name in TABS for act in import_module(f"demos.{name}.talk").ACTS]

HEADING = "Image generation with convolutional networks"
THESIS = "https://dmitryulyanov.github.io"
ABOUT = "The image generators of Dmitry Ulyanov's doctoral thesis, to try on your own pictures."
LEAD = (
    ABOUT.replace("doctoral thesis", f'<a href="{THESIS}" target="_blank" rel="noopener">doctoral thesis</a>')
    + f" <span>They run live on this machine's {'CPU' if common.DEVICE.type == 'cpu' else 'GPU'}: you watch every "
    "step, and the same seed gives the same picture.</span>"
)
FRONT = ASSETS / "front"
MAX_UPLOAD = 40_000_000
"""Bytes of one uploaded file. A request may be twice as long: an API caller's picture inside JSON is a third longer."""


MAX_THREADS = 100
"""Of the server: a run that waits for the device has one, and what is quick needs others."""
OUT_OF_RANGE = re.compile(r"Value .+ is (greater|less) than (?:maximum|minimum) value (.+?)\.?$", re.DOTALL)
"""What Gradio says of a number that was typed beside a slider."""


MISSING = "A setting is missing, or not of the kind expected."
RUN: ContextVar[Any] = ContextVar("RUN", default=None)
"""The generator whose item is being sent, or None of a function."""


class Page(gr.Blocks):
    """Blocks whose every refusal of a request is a sentence; Gradio itself says no word about some of them."""

    async def process_api(self, block_fn, *args, session_hash=None, event_id=None, **kwargs):
        begin(session_hash, event_id)
        try:
            return await super().process_api(block_fn, *args, session_hash=session_hash, event_id=event_id, **kwargs)
        except gr.Error as error:
            note_refusal(block_fn, error)
            raise
        except Exception as error:  # never an error without words
            raise common.plain_error(error) from error

    async def preprocess_data(self, block_fn, inputs, *args, **kwargs):
        refuse_odd_paths(inputs)
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except InvalidPathError as error:
            raise gr.Error(UPLOAD, print_exception=False) from error
        except (ComponentProcessingError, ValidationError) as error:
            raise gr.Error(MISSING, print_exception=False) from error
        except gr.Error as error:
            if found := OUT_OF_RANGE.match(str(error.message)):
                most = "at most" if found[1] == "greater" else "at least"
                sentence = f"A number is out of its range: choose {most} {found[2]}."
                raise gr.Error(sentence, print_exception=False) from error
            if error.print_exception:  # Gradio's own words, which repeat all that came in
                raise gr.Error(MISSING, print_exception=False) from error
            raise
        except ValueError as error:
            if "enough input values" in str(error):
                sentence = "A setting is missing: send as many values as the page of the API names."
                raise gr.Error(sentence, print_exception=False) from error
            raise common.plain_error(error) from error

    async def call_function(self, *args, **kwargs):
        try:
            result = await super().call_function(*args, **kwargs)
        except ValueError as error:
            raise common.plain_error(error) from error
        RUN.set(result["iterator"])
        return result

    async def postprocess_data(self, *args, **kwargs):
        """What a function gave is written and sent; where that fails, as the disk is full, its run ends at once."""
        try:
            return await super().postprocess_data(*args, **kwargs)
        except Exception as error:
            if (run := RUN.get()) is not None:
                await run.aclose()
            cause = error.__cause__ if isinstance(error, ComponentProcessingError) else error
            ours = isinstance(cause, (gr.Error, OSError))
            raise common.plain_error(cause if ours else RuntimeError("not sent")) from error


def build_app() -> gr.Blocks:
    """The page with all tabs; nothing runs yet."""
    keep_shown_pictures_whole()
    keep_sessions_small()
    open_pages_sooner()
    hours = 3600
    with Page(title=HEADING, delete_cache=(hours, 6 * hours)) as blocks:
        Front(title=HEADING, lead=LEAD, cards=_cards(), sheet=webp_address(FRONT / "cards.webp"), elem_classes=["head"])
        ports, titles = {}, {}
        with gr.Tabs(overflow_behavior="wrap", elem_id="techniques") as tabs:
            for name, page in PAGES.items():
                titles[name] = TEXTS[name].TITLE
                with gr.Tab(titles[name], id=name, elem_id=f"tab-{name}"):
                    gr.HTML(common.heading(titles[name], TEXTS[name].PAPERS))
                    port = page.build()
                if port is not None:
                    ports[name] = port
        connect(tabs, ports, titles)
        Mended(elem_classes=["unseen-part"])
        connect_links(tabs, ports)
        talk_mode(ACTS)
    return blocks.queue(max_size=32)


def _cards() -> list[Card]:
    """One for each tab, or those that its texts name."""
    cards = []
    for name, said in TEXTS.items():
        for title, sentence, mode in getattr(said, "CARDS", [(said.TITLE, said.SUMMARY, "")]):
            cards.append(Card(name, title, sentence, mode))
    return cards


def launch_options() -> dict:
    """Arguments of `launch()`; the address and the port come from GRADIO_SERVER_NAME and GRADIO_SERVER_PORT."""
    return {
        "theme": common.theme(),
        "css": common.CSS + "".join(page.CSS for page in PAGES.values()),
        "head": f'<meta name="description" content="{html.escape(ABOUT)}">',
        "favicon_path": FRONT / "favicon.png",
        "footer_links": ["api", "settings"],
        "run_history": False,
        "share": False,
        "ssr_mode": False,
        "enable_monitoring": False,
        "show_error": False,  # what visitors are to read is a gr.Error; other texts stay on the server
        "max_file_size": MAX_UPLOAD,
        "app_kwargs": {
            "max_body_size": 2 * MAX_UPLOAD,
            "middleware": [Middleware(Listeners)],
            "lifespan": partial(housekeeping, most_bytes=start.files_mb() * 1_000_000),
        },
        "max_threads": MAX_THREADS,
        "allowed_paths": [str(ASSETS)],  # where the app is installed, they are in no folder that Gradio knows
    }


def reach_localhost_directly() -> None:
    """Gradio looks whether its own page answers; a proxy for the internet cannot know that page."""
    if {name.lower() for name in os.environ} & {"http_proxy", "https_proxy", "all_proxy"}:
        present = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")).split(",")
        names = ",".join(dict.fromkeys([*filter(None, present), "localhost", "127.0.0.1", "0.0.0.0", "::1"]))
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = names


def main() -> None:
    """Serve the page until interrupted."""
    reach_localhost_directly()
    keep_freed_memory()
    build_app().launch(**launch_options(), server_port=start.port())


if __name__ == "__main__":
    main()
