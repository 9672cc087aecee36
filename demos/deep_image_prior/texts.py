"""What the tab says."""

TITLE = "Deep Image Prior"
SUMMARY = "An untrained network restores your picture."
PAPERS = [("Deep Image Prior, CVPR 2018", "https://arxiv.org/abs/1711.10925")]
LEAD = (
    "No training data, no pre-trained weights: a randomly initialised network is fitted to **your one picture**, and "
    "its structure alone makes it find the picture before the noise, the scratches or the holes. "
    "**Click an example**, then drag the line across the picture while it runs."
)
HINTS = {
    "inpaint": "Inpainting: everything under the mask is invented from what is around it. For *damaged* "
    "and *my strokes* you paint the mask with the brush.",
    "missing_pixels": "Single pixels are lost at random; the rest of the picture says what they were.",
    "super_resolution": "Finds a larger picture that shrinks to exactly yours. A large one is reduced first: "
    "whether the result is smaller than yours is said before the run, and the size is under *Advanced*.",
    "denoise": "Noise is learned last: stop before it. For plain noise, *Compare* shows a quicker way.",
    "jpeg": "Blocks and halos are learned later than the picture: stop in between.",
    "flash": "A noisy picture in beautiful light and a sharp one with flash: the flash picture is the network's input. "
    "With one photo and *damage it first*, both are simulated.",
    "pre_image": "What does a VGG-16 layer still know? Finds a natural picture with the same activations.",
    "learning_curves": "Four networks learn a picture, the same with noise (above), its shuffled pixels and pure "
    "noise (below): watch which ones fall behind.",
}
TASKS = {
    "inpaint": "Remove text, scratches, objects",
    "missing_pixels": "Fill in missing pixels",
    "super_resolution": "Enlarge (super-resolution)",
    "denoise": "Denoise",
    "jpeg": "Remove JPEG artefacts",
    "flash": "Flash / no-flash pair",
    "pre_image": "Invert a layer (pre-image)",
    "learning_curves": "Why it works (Fig. 7.2)",
}
SOURCES = {"damage": "Fine: damage it first", "given": "Damaged: restore it"}
DAMAGES = {"text": "Text", "scratches": "Scratches", "hole": "A hole", "strokes": "My strokes"}
PRESETS = {"fast": "Fast: our lighter network", "thesis": "Thesis: exact settings, slow"}
HOLES = {
    "automatic": "Automatic",
    "text": "Thin: text, scratches",
    "region": "Large region",
    "library": "Very large (library)",
}
LEFTS = {"before": "What was given", "output": "Current output", "truth": "Truth"}
RIGHTS = {
    "auto": "Automatic",
    "suggested": "Suggested",
    "average": "Running average",
    "output": "Current output",
    "kept": "Kept step",
}
"""What the two halves of the slider can show."""

EQUATION = (
    "&theta;* = argmin<sub>&theta;</sub> E(f<sub>&theta;</sub>(z); x<sub>0</sub>)"
    "<small>Thesis Eq. 7.2, the network in the place of the regulariser</small>"
)
TALK = "An untrained network restores a picture: it learns from nothing but the damaged picture itself."
READY = "Ready. Click an example, or add your own picture and press Restore."
ARRIVED = "The picture has arrived. Choose a task, say whether the picture is fine or damaged, and press Restore."
LINKED = "The settings of the link are here: press Restore."
ADD_A_PICTURE = "Add a picture first: upload one, paste one, or click an example."
NOTHING_YET = "There is nothing here yet: click an example or press Restore first."
NOT_CONTINUABLE = (
    "This run cannot be continued: only the {} latest of all visitors are kept for that. "
    "Press Restore to start it anew."
)
TAKEN_OVER = "The settings and the seed of this file were taken over."
STOPPED_BY_ITSELF = "Stopped by itself"
ONLY_WORSE = ": the outputs have only become more restless since step {}, which is the suggested result"
GOES_ON = "; Continue goes on from here"
SIZE_IS_UNDER = "The size is under Advanced."
OTHER_VIEW = "The two pictures of a flash pair must show the same view in the same proportions."
OTHER_PROPORTIONS = "The mask is {} x {} pixels and the picture {} x {}: use a mask of the same proportions."
TOO_LARGE = (
    "This size needs about {:.0f} GB of memory with these settings and {:.0f} GB are free: choose a shorter longest "
    "side, or the fast preset."
)
FEWER_PIXELS = "The result will have {} x {} pixels, fewer than what came in."
COVERS_MORE_THAN_HALF = "The mask covers more than half of it: if it marks what to keep, switch {} Invert mask."


def invented(share: float) -> str:
    """How much of a picture is made up."""
    percent = "Less than 1 %" if share < 0.01 else "More than 99 %" if share > 0.99 else f"{100 * share:.0f} %"
    return f"{percent} of the picture is invented."


def in_db(psnr: float | None, before: str = "") -> str:
    """A PSNR behind something else; "" where it is not known."""
    return "" if psnr is None else f" · {before}{psnr:.2f} dB"


def kept(steps: list[int]) -> str:
    """Which pictures of a run can be looked through."""
    return f"{len(steps)} pictures kept between step {steps[0]} and step {steps[-1]}" if steps else "Nothing kept yet"


ABOUT = """
**What happens.** The network f turns fixed noise z into a picture, and its weights θ start at random. Each step moves
them a little so that the output explains what was observed: θ* = argmin E(f_θ(z); x₀) (Thesis Eq. 7.2). Nothing says
what a natural picture looks like; still natural content appears first and noise last, so the moment to stop matters.

**Where it shines, and where not.** One untrained method serves every task here; text, scratches, regular patterns and
enlarging are its strong sides. It does not always win: for plain Gaussian noise an ordinary method (non-local means) is
about as good within a second, and pixels missing from a smooth photo are filled better by biharmonic interpolation.
Press *Compare* and judge for yourself. Large holes are continued with texture; the network has never seen a face, so it
cannot invent one. Networks trained on thousands of pictures beat it at most of these tasks; its point is how much
needs no training at all.

**When to stop.** With *stop by itself* on, the variance of the latest outputs is watched: it is smallest around the
best picture, and nobody needs the truth to see it. That picture is offered as *Suggested*. *Automatic* takes it once
the outputs only get worse, and the running average before; you can always choose another, or any kept step.

**Presets.** *fast* is our own lighter network for a CPU, for some tasks several of them one after the other, whose
average is the result; *thesis* is the exact network, input and number of steps of the published experiments. It takes
from minutes on a GPU to hours on a CPU: the time left is measured from the first steps, and you can stop, look, and
continue.

**What is kept.** *Continue* adds half as many steps again, on the same network. The networks of the {live}
latest runs stay in memory for that, those of other visitors included. An older run keeps its pictures and its curves,
for an hour at most, but has to be started anew.
"""
