"""What the tab says."""

from collections.abc import Iterable

TITLE = "Edit a face"
SUMMARY = "A slider makes your portrait smile, or older."
PAPERS = [("Image Manipulation with Perceptual Discriminators, ECCV 2018", "https://arxiv.org/abs/1809.01396")]
LEAD = (
    "**Move a slider, and the face follows.** A small network says what to change of a face; the change is made in "
    "your photo itself, so it stays as sharp as it was. Every pixel away from the face keeps its value."
)
MODES = {"edit": "Edit", "slow": "Slow", "fruit": "Fruit", "webcam": "Webcam"}
LABELS = {
    "smile": "Smile",
    "older": "Age",
    "masculine": "Gender",
    "blond": "Blond hair",
    "black": "Black hair",
    "brown": "Brown hair",
}
"""Slider -> what the page calls it."""
DIRECTIONS = {"orange": "Apple to orange", "apple": "Orange to apple"}
"""Domain of fruit -> the way to it."""
EQUATION = (
    "min<sub>G</sub> max<sub>D</sub> &nbsp;E<sub>y</sub> log D(y) + E<sub>x</sub> log(1 &minus; D(G(x)))"
    "<small>Thesis Eq. 5.1, with a discriminator D that looks through a frozen VGG</small>"
)
TALK = "A network says what to change of a face; the change is made in the photo itself, at its full resolution."

SYNTHETIC = "Synthetic edit: this picture was made by a neural network."
NOTICE = f'<p class="synthetic">{SYNTHETIC}</p>'
RESTORE = "restore `weights/index.json`, or train them as docs/training.md says."
NO_SLIDERS = f"**The networks of faces are not here yet**: {RESTORE}"
NOT_HERE = "The network of {} is not here: restore weights/index.json, or train it as docs/training.md says."
NO_DIFFERENCES = (
    "The slow method is not here yet, because its mean differences are missing: restore weights/index.json, or make "
    "them as docs/training.md says."
)
NO_FRUIT = "The network of fruit is not here yet: restore weights/index.json, or train it as docs/training.md says."
ADD_A_PHOTO = "Add a photo of a face first: upload one, paste one, take one, or click an example."
BY_HAND = "No face was found: drag the square onto one, from the chin to the hairline, then move a slider."
ADD_FRUIT = "Add a picture of apples or oranges first: upload one, paste one, or click an example."
READY = "Add a photo with a face, or click an example."
MOVE_A_SLIDER = "Move a slider."
SLOW_HINT = (
    "The same edit without a trained network: the photo's features are moved by the mean difference of two groups of "
    "faces, and an optimiser looks for the pixels. It takes the photo and the face chosen under Edit."
)
SLOW_READY = "Press Optimise and watch. You can stop at any time and keep the last picture."
SLOW_EMPTY = "What the slow method has made appears here, from its first step on."
NETWORK_EMPTY = "What the network makes at once appears here."
FRUIT_READY = "Add a picture of fruit, or click an example."
WEBCAM_HINT = "Start the camera, allow it in your browser, and press Record. The largest face smiles for you."
WEBCAM_EMPTY = "You appear here, edited, many times a second."
STRIP = "**Strengths of {}.** A click takes one over."
CHANGED = "What changed, three times as bright"
FILM_READY = "An animation of the slider that was moved last, there and back."
TERMS = (
    "The networks of faces learned from **CelebA**, photographs of celebrities that may be used for non-commercial "
    "research only, so they are **for research**. No face of CelebA is in this app. *Gender* and *age* are labels that "
    "people gave to these photographs at a glance; they are no facts about anybody. Edit faces of people who agree."
)


def faces_found(count: int) -> str:
    """What is said of a new photo with faces."""
    return MOVE_A_SLIDER if count == 1 else f"{count} faces: click a number to choose one, then move a slider."


HARDLY_BY_HAND = "hardly anything changes: is an upright face in the square?"
"""What is said where an edit of a square that was placed by hand changes nearly nothing."""


def already(domains: Iterable[str]) -> str:
    """What is said where an edit changes nearly nothing."""
    return f"hardly anything changes: this face seems {' and '.join(domains)} already"


def turned(number: int) -> str:
    return f"Face {number} is turned to a side; the networks know faces from the front best."


def small(number: int, width: float) -> str:
    return f"Face {number} is only {width:.0f} pixels wide, so its edit is coarse."


ABOUT = r"""
**What happens.** A generator $G$ gets a picture $x$ and a target, and a discriminator $D$ tries to tell what it makes
from real pictures $y$ of the target:

$$\min_G \max_D \; \mathbb{E}_y \log D(y) + \mathbb{E}_x \log(1 - D(G(x))) \qquad \text{(Thesis Eq. 5.1)}$$

Pictures of the two groups are never pairs of the same person: nobody shows the network how *you* smile.

**A perceptual discriminator** does not look at pixels. It looks through a fixed network $F$ that has learned to
recognise things, here a VGG-16, whose blocks $b$ give features, from fine to coarse:

$$f_1 = b_0(y), \qquad f_i = b_{i-1}(f_{i-1}) \qquad \text{(Eq. 5.2, 5.3)}$$

Only small blocks $c$ beside it are trained. They carry what they found from level to level:

$$h_1 = f_1, \qquad h_i = \mathrm{stack}\,[\,c_{i-1}(h_{i-1}),\, f_i\,] \qquad \text{(Eq. 5.4, 5.5)}$$

Judgements are made of the whole picture, and of every place $p$ of some levels $j$, and are added:

$$\log D(y) = \log d_{\mathrm{main}}(h_K) + \sum_j \sum_p \log d_{j,p}(h_j) \qquad \text{(Eq. 5.6)}$$

So the generator is asked for what looks right to a network that knows eyes and teeth, and not for what fools a critic
of pixels. One more loss keeps it from touching what is right already, a picture $y$ of the target:

$$\mathcal{L}_{\mathrm{id}} = \lambda_{\mathrm{id}}\, \|y - G(y)\|_1 \qquad \text{(Eq. 5.7)}$$

**A change, not a picture.** Ours predicts where each pixel is to be taken from, and what is to be added to it. Both are
small maps. They are enlarged to the size of the face in your photo and applied there, so the result has the photo's own
resolution. The *strength* multiplies both; below zero a slider goes to the other group, with a change of its own.

**How a face is found.** BlazeFace, a small network that runs here and offline, finds faces with their eyes, nose and
mouth. These points are brought to where the training photographs have them.

**The slow method** is Deep Feature Interpolation (Upchurch et al., 2017), with which the thesis compares. The features
of your face are moved by the mean difference $w$ of two groups of faces, and an optimiser looks for the pixels $y$ that
have them: $F(y) = F(x) + k\,w$. It needs no generator, and hundreds of passes through the VGG where ours needs one.

**What they get wrong.** The networks know faces as celebrities' photographs show them: from the front, well lit, mostly
of adults. Profiles, children, drawings, masks and faces under 40 pixels come out weak or odd. A smile cannot be taken
back: broad ones left marks in the cheeks, so this is not offered. Teeth
can be blurred, hair colours can spill onto a hat or the background, and an age of years cannot be asked for. What often
goes together in those photographs goes together here: older faces get gray hair, feminine ones make-up. Far beyond a
strength of 1 edits look painted.
"""
