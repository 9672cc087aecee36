"""What the tab says."""

from convgen.visitors_files import MAX_BYTES

TITLE = "Textures"
SUMMARY = "Textures without end, learned while you watch."
PAPERS = [
    ("Texture Networks, ICML 2016", "https://arxiv.org/abs/1603.03417"),
    ("Improved Texture Networks, CVPR 2017", "https://arxiv.org/abs/1701.02096"),
]
LEAD = (
    "**Choose a texture and sample it**, as often and as large as you like: one pass of a small network turns noise "
    "into a new piece of it. Or **teach the app a texture of yours**: a network learns it before your eyes."
)
MODES = {"sample": "Sample", "teach": "Teach it yours", "slow": "Slow"}
NAMES = {"v1": "V1", "v2": "V2", "v2-collapsed": "V2 without diversity"}
"""Network -> what the page calls it."""
VIEWS = {"large": "Large", "tiled": "Tiled 3 x 3", "between": "Between two seeds"}
YOUR_TEXTURE = "Your texture"
EQUATION = (
    "&theta;<sub>x&#8320;</sub> = argmin<sub>&theta;</sub> E<sub>z</sub> &Lscr;<sub>T</sub>(g(z; &theta;); "
    "x<sub>0</sub>)<small>Thesis Eq. 2.7, the objective of a texture network</small>"
)
TALK = "A network that learned one picture turns noise into new pieces of it, of any size."

NO_TEXTURES = (
    "No trained texture is here: restore `weights/index.json`, or teach one with a picture of yours, which needs none."
)
NONE_HERE = "No trained texture is here: restore weights/index.json, or teach one with a picture of yours."
NO_NETWORK = "{} has no network {}: choose {}."
TOO_MUCH = "{number} samples of {size} x {size} pixels are too much at once: choose at most {most}, or a smaller size."
TEACH_FIRST = "There is no texture of yours yet: teach one, or load its file."
ADD_AN_EXEMPLAR = "Add a picture of a texture first: upload one, paste one, or click an example."
CHOOSE_A_FILE = "Choose a .safetensors file that was downloaded here."
LOADED = "Loaded: it can be sampled now."
NO_EXEMPLAR = "The exemplar of this texture is not here, and the slow method needs it: choose another one."
TAUGHT, FROM_FILE = "What the network was taught", "Loaded from your file"
NOT_SHOWN = "The picture it was taught may not be shown here: {}"
LOSS = "Texture loss (Eq. 2.5), by step"
READY = "Ready. Choose a texture."
LEARN_READY = "Add a picture, or click an example, and press Learn. You can stop at any time and go on later."
ARRIVED = "The picture has arrived. Move the square to the part that is to be learned, and press Learn."
SLOW_READY = "Takes the texture that is chosen under Sample. Press Optimise: it starts from noise."
LIVE_EMPTY = "What the network has learned appears here, from its first step on."
SLOW_HINT = "The same texture by optimising the pixels themselves, as it was done before texture networks."
FILE_HINT = f"A .safetensors file that was downloaded here, at most {MAX_BYTES // 1_000_000} MB."
ABOUT = r"""
**What happens.** A generator $g$ turns noise $z$ into a picture $x = g(z)$ in one pass. It learned one exemplar $x_0$
through a fixed VGG-16 with feature maps $F^l$. Which features occur together, but not where, is what a texture is here:

$$G^l_{ij}(x) = \langle F^l_i(x), F^l_j(x) \rangle \qquad \text{(Thesis Eq. 2.4)}$$

$$\mathcal{L}_T(x; x_0) = \sum_l \|G^l(x) - G^l(x_0)\|^2 \qquad \text{(Eq. 2.5)}$$

The slow method of Gatys et al. starts from noise and changes the pixels until this loss is small, anew for every
picture. A texture network pays once, in training, for all pictures to come:

$$\theta_{x_0} = \operatorname*{argmin}_\theta \; \mathbb{E}_{z}\, \mathcal{L}_T(g(z; \theta); x_0)
\qquad \text{(Eq. 2.7)}$$

**V1** takes noise at six scales, the finest at full resolution, and adds detail from coarse to fine. It knows no
borders and no size: every convolution wraps around at the edges, so it makes samples of any size, and they can be laid
side by side without a seam (where their size is a multiple of 32; others are cut out of the next such size). *Between
two seeds* mixes the noise of two samples.

**V2** takes one vector of 256 numbers, so it can plan a whole picture and has much more freedom; it makes one size.
Trained for the loss alone it finds that one good picture is enough, and ignores its noise: *V2 without diversity* shows
that collapse (Fig. 3.5). The cure is to reward samples that differ. With $\rho_i$ the distance of a sample to its
nearest neighbour among the $N$ samples of a batch, the entropy of the generator is about

$$\rho_i = \min_{j \ne i} \|g(z_i) - g(z_j)\|, \qquad H(q) \approx \frac{D}{N} \sum_{i=1}^N \ln \rho_i + \text{const}
\qquad \text{(Eq. 3.8, 3.9)}$$

where the distance is taken after the circular shift that makes it smallest: otherwise V2 learns to move one layout
about. What is minimised is the loss less this entropy, at a temperature $T$:

$$E(g) = \frac{1}{N} \sum_{i=1}^N \Big[ \tfrac{1}{T}\, \mathcal{L}_T(g(z_i)) - \lambda \ln \rho_i \Big]
\qquad \text{(Eq. 3.10)}$$

**Diversity** below a gallery is the mean distance of two samples, a root mean square over pixels in % of black to
white, after the circular shift that brings them closest: a copy that has only moved is not another sample. **The seam**
below a tiling compares the step from pixel to pixel inside the tile with the step from one copy to the next.

**Teach it your texture** trains a V1 from nothing on the square that you choose, for as long as you say. *Detail* is
the number of pixels to which the square is reduced: more of them, and the texture is finer. The network stays in your
session for an hour and nobody else sees it; download its file to keep it, and load it here again.

**Where it falls short.** Gram matrices know nothing of what is far apart: long lines break, letters and faces come out
in pieces, and a regular grid may lose its step. A picture that is no texture, such as a portrait, gives its materials
without its order. A network learns one texture, in the size in which it saw it: a larger sample shows more of it, not
finer detail. Two minutes on a CPU are enough for a good texture, not for the best one: the bundled networks learned for
longer. A high weight of the entropy can add spots of other brightness (Fig. 3.7).
"""
