"""What touches Gradio's insides is still needed, and still does what it is for."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import odd_files as odd
from gradio import processing_utils, routes
from gradio.queueing import Event

from demos.common.gradio_private import _with_events_alone, _write_once

FACTS = """
import json
import gradio as gr
from gradio import state_holder
from demos.common.gradio_private import keep_sessions_small

with gr.Blocks() as blocks:
    state, text = gr.State("first"), gr.Textbox("hello")
before = state_holder.SessionState(blocks)
keep_sessions_small()
after = state_holder.SessionState(blocks)
other = state_holder.SessionState(blocks)
after[state._id] = "second"
shared = after.blocks_config is other.blocks_config
after[text._id] = gr.Textbox("changed")
print(json.dumps({
    "gradio keeps": len(before.config_values),
    "we keep": len(after.config_values),
    "shared": [shared, after.blocks_config is other.blocks_config],
    "states": [after[state._id], other[state._id]],
    "components": [after[text._id].value, other[text._id].value],
    "expires": [component._id for component, value, expired in after.state_components],
    "state": state._id,
}))
"""


def test_sessions_keep_their_states_and_no_configuration():
    """In a process of its own: in this one Gradio would leave event loops open."""
    command = [sys.executable, "-c", FACTS]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    facts = json.loads(done.stdout)
    assert facts["gradio keeps"] > 0, "Gradio keeps nothing itself any more: keep_sessions_small can go"
    assert facts["we keep"] == 0 and facts["shared"] == [True, False]
    assert facts["states"] == ["second", "first"] and facts["components"] == ["changed", "hello"]
    assert facts["expires"] == [facts["state"]]


def test_gradio_still_writes_a_picture_anew_each_time(tmp_path):
    original = processing_utils.save_pil_to_cache
    if original is _write_once:  # another test in this process has put ours in its place
        return
    path = Path(original(odd.scene(), str(tmp_path), format="png"))
    path.write_bytes(b"half")
    original(odd.scene(), str(tmp_path), format="png")
    assert path.read_bytes() != b"half", "Gradio leaves a file that is there: keep_shown_pictures_whole can go"


def test_gradio_s_page_still_compares_components_with_targets():
    scripts = (Path(inspect.getfile(routes)).parent / "templates" / "frontend" / "assets").glob("core-*.js")
    seen = any("find_attached_events" in script.read_text(encoding="utf-8") for script in scripts)
    assert seen, "Gradio's page finds events otherwise now: open_pages_sooner may be needless"
    page = _with_events_alone({"dependencies": []})
    assert page.startswith('{"dependencies":[]}; ((') and _with_events_alone({"a": 1}) == '{"a":1}'


def test_what_ends_runs_is_still_there():
    """`end_unheard` sets these; without them it would do nothing, silently."""
    source = inspect.getsource(Event)
    assert all(name in source for name in ("self.alive", "self.closed", "self.run_time", "self.signal", "enqueue_time"))
