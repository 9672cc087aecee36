"""What the tab says."""

from convgen.visitors_files import MAX_BYTES

TITLE = "Style transfer"
SUMMARY = "Your photo, painted as Hokusai or Munch would."
PAPERS = [
    ("Texture Networks, ICML 2016", "https://arxiv.org/abs/1603.03417"),
    ("Improved Texture Networks, CVPR 2017", "https://arxiv.org/abs/1701.02096"),
]
LEAD = (
    "**Choose a painting and a photo.** One pass of a small network repaints the photo, in a fraction of a second even "
    "without a GPU, also your webcam and your videos. Or **teach the app your own painting**: a network learns it in "
    "minutes, before your eyes. The slow method that such networks replace is here to compare."
)
MODES = {"photo": "Photo", "webcam": "Webcam", "video": "Video", "teach": "Teach", "slow": "Slow"}
YOUR_STYLE = "Your style"
VARIANTS = {
    "plain": "Instance normalisation",
    "diverse": "Trained for diversity",
    "batch": "Batch normalisation",
}
STARTS = {"noise": "Noise", "photo": "The photo", "network": "The network's result"}
EQUATION = (
    "IN(x)<sub>tijk</sub> = (x<sub>tijk</sub> &minus; &mu;<sub>ti</sub>) / "
    "&radic;<span>(&sigma;&sup2;<sub>ti</sub> + &epsilon;)</span><small>Thesis Eq. 3.12, instance normalisation</small>"
)
TALK = "One small network for each painting repaints a photo in a single pass."

NO_STYLES = "No trained style is here: restore `weights/index.json`, or train one as docs/training.md says."
NO_STYLE = NO_STYLES.replace("`", "")
TEACH_FIRST = "Teach the app a painting first, under Teach, or load a network."
CHOOSE_A_FILE = "Choose a .safetensors file that was downloaded here."
FILE_HINT = f"A .safetensors file that was downloaded here, at most {MAX_BYTES // 1_000_000} MB."
LOADED = "Loaded: press Use it."
LEARN_READY = "Ready. Click a painting, or add your own, and press Learn."
LEARN_EMPTY = "Your photo appears here, in the style so far."
LOSS = "Texture loss of the step (Eq. 2.5)"
NO_NETWORK = "{} has no network of the kind {!r}: choose {!r}."
ADD_A_PHOTO = "Add a photo first: upload one, paste one, take one, or click an example."
ADD_A_PAINTING = "Add a style picture: upload a painting, or click one of the textures."
READY = "Ready. Click an example, or add your own photo."
TAKEN_OVER = "The settings and the seed of this file were taken over."
LIVE_EMPTY = "Start the camera on the form, allow it in your browser, and press Record: you appear here, repainted."
FILM_EMPTY = "The stylized video appears here."
SLOW_READY = (
    "Takes the photo of the first tab, and your own style picture or else the painting that is chosen. Press Optimise."
)
NORMALISED = {"plain": "Instance normalisation (Eq. 3.12)", "batch": "Batch normalisation (Eq. 3.13)"}
SAMPLED = {"plain": "Without the diversity term", "diverse": "Trained for diversity (Eq. 3.10)"}
"""Network -> what it is called among pictures side by side."""
OBJECTIVE = "The objective (Eq. 3.5) and its terms"


def four_samples(diverse: bool) -> str:
    """The button of the comparison of samples, for a style with or without a network trained for diversity."""
    return "Four samples, plain and diverse" if diverse else "Four samples"


ABOUT = r"""
**What happens.** A generator $g$ takes your photo $y$ and noise $z$, and gives a picture $x = g(y, z)$ in one pass. It
was trained, for one painting $x_0$, to minimise on average over photos and noise

$$\mathcal{L}_T(x; x_0) + \alpha\, \mathcal{L}_C(x; y) \qquad \text{(Thesis Eq. 3.5)}$$

Both losses look at the picture through a fixed VGG-16 with feature maps $F^l$. Its Gram matrices
$G^l_{ij}(x) = \langle F^l_i(x), F^l_j(x) \rangle$ (Eq. 2.4) say which features occur together, but not where: that is
the style, and $\mathcal{L}_T = \sum_l \|G^l(x) - G^l(x_0)\|^2$ (Eq. 2.5) asks the result for that of the painting. The
features themselves say what is where: $\mathcal{L}_C = \sum_l \|F^l(x) - F^l(y)\|^2$ (Eq. 2.6) asks for that of the
photo. One more statistic is ours: which features occur together eight pixels apart, as in the painting; without it a
network likes to paper a plain sky with one stroke.

**Instance normalisation.** Inside the network every feature map of every picture is normalised by its own mean and
variance over positions, $(x_{nijk} - \mu_{ni}) / \sqrt{\sigma^2_{ni} + \epsilon}$ (Eq. 3.12), so the contrast of the
photo no longer matters. Batch normalisation takes $\mu_i$ and $\sigma_i$ over a whole batch in training (Eq. 3.13) and
keeps them fixed afterwards: *Instance against batch* shows the same network trained both ways on your photo.

**The noise scale k** multiplies the noise at test time (Fig. 2.5). Noise decides where strokes lie: *another sample*
lays them anew, at 0 they melt into smooth colour, and above 1 the network sees more noise than it ever did in training,
so that style wins over content. Networks *trained for diversity* are also rewarded for samples that differ (Eq. 3.10),
down to their colours and layout.

***Teach*** trains such a network on your painting while you watch. It starts from the bundled network whose
painting has the nearest Gram matrices, and takes steps on the bundled photographs; your photo shows how far it is.
After two minutes of a laptop strokes and colours are there. *Use it* puts it among the styles, for photos, videos and
the webcam; the file is yours to keep.

**The slow method** of Gatys et al. minimises the same objective over the pixels, anew for every photo, by L-BFGS. It
takes any style picture, also yours, and needs minutes where the network needs a moment; started from the network's
result it shows how far that is from the minimum (Fig. 3.3).

**What the networks were trained on.** Each of them on photographs and on one reproduction of one painting in the public
domain; `weights/README.md` lists the data with their terms, the commands and the scores.

**Where it falls short.** Style here is texture: strokes, colours, small shapes. A network knows nothing of the subject
of its painting, may lose a small face, and cannot place a moon in the sky. Strokes have a fixed size in pixels, so they
are fine at 2048 pixels and bold at 400. In a video the noise stands still, but every frame is painted by itself: where
something moves, strokes may flicker.
"""
