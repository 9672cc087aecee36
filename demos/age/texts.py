"""What the tab says."""

TITLE = "Faces and colours"
SUMMARY = "Invented people, and the way between two of them."
CARDS = [
    ("Faces of nobody", SUMMARY, "age-mode-samples"),
    ("Colours", "A gray photo, coloured in as many ways as you like.", "age-mode-colours"),
]
"""Of the page's front: title, sentence, and the tab within the tab that it opens."""
PAPERS = [("Adversarial Generator-Encoder Networks, AAAI 2018", "https://arxiv.org/abs/1704.02304")]
LEAD = (
    "**Your face, through 256 numbers.** The encoder turns it into a point of a sphere, the generator makes a face of "
    "that point; on the sphere there are directions to move it along. The same game paints gray pictures, in as many "
    "ways as there are places on a globe."
)
TERMS = (
    "The networks of faces were trained on **CelebA**, photographs of celebrities that may be used for non-commercial "
    "research only, those of colours on **Stanford Cars**, under the same terms, and on photographs of BSDS500 and "
    "others, for research: the networks are **for research**. "
    "No face of CelebA is in this app. Faces that are changed or sampled here are synthetic: they show nobody as they "
    "are."
)
HOW = "restore `weights/index.json`, or train them as docs/training.md says."
NO_FACES = f"**The networks of faces are not here yet**: {HOW}"
NO_COLORS = f"**The networks of colours are not here yet**: {HOW}"
NOT_HERE = "The networks of {} are not here: restore weights/index.json, or train them as docs/training.md says."
KINDS = {"photos": "Photos", "cars": "Cars"}
"""Kind of pictures to colour -> what it is called."""
MODES = {"face": "A face", "samples": "Samples", "between": "Between", "colours": "Colours"}
SLIDERS = {
    "smile": "Smile",
    "gender": "Woman to man",
    "age": "Young to old",
    "glasses": "Glasses",
    "bangs": "Bangs",
    "black hair": "Black hair",
    "blond hair": "Blond hair",
    "brown hair": "Brown hair",
    "gray hair": "Gray hair",
}
"""Direction among the latents -> its slider, and in small letters its name inside a file."""
TALK_TITLE, COLORS_TITLE = "Faces of nobody", "Colours"
EQUATION = (
    "max<sub>e</sub> min<sub>g</sub> &nbsp;&Delta;(e(g(Z)) &#8214; Z) &minus; &Delta;(e(X) &#8214; Z)"
    "<small>Thesis Eq. 4.2, the game of encoder and generator</small>"
)
TALK = "Two networks play against each other, without a third: random points of a sphere become faces."
COLORS_EQUATION = (
    "x&#770; = g(e(x<sub>1</sub> | L<sub>1</sub>) | L<sub>2</sub>)"
    "<small>Thesis section 4.3.2, the same game with the lightness L as a condition</small>"
)
COLORS_TALK = "The same game paints a gray picture, in as many ways as there are places on a globe."

FACE_READY = "Add a photo with a face, or click an example."
EDIT_EMPTY = "The face that you change appears here."
SAMPLES_HINT = "Faces that nobody has, each from a random point of the sphere."
SAMPLES_READY = "Choose a seed; a click on a sample opens it below."
BETWEEN_READY = "Two seeds, two photos of faces, or faces that you changed: press Go."
COLOR_READY = "Add a picture, gray or not, or click an example."
MAP_HINT = "**All of them on a map.** Drag the mark: the picture follows."
ADD_A_FACE = "Add a photo of a face first: upload one, paste one, take one, or click an example."
ADD_A_PICTURE = "Add a picture first: upload one, paste one, take one, or click an example."
ADD_A_SOURCE = "Add the picture whose colours are to be taken."
NOTHING_FOUND = "No face was found in this photo: drag the square onto one."
NO_FACE = "No face was found in this photo: choose Frame it by hand, and drag the square onto one."
NO_FACE_AT_END = "No face was found in the {0} photo: under A face, frame it by hand, and press As the {0} of two."
UNREADABLE_LATENT = "The latent in this file cannot be read: take another file."
STRANGE_LATENT = "The latent in this file is not one of a face: take another file."
TAKEN_OVER = "The face of this file and its sliders are in the editor."
PLACE_TAKEN_OVER = "The place on the map was taken over from this file."
TURNED = "This face is turned to a side; the networks know faces from the front best."
SMALL = "It is only {:.0f} pixels wide in the photo, so the result will be vague."
GRAY = "The photo is gray; the networks know colour photos."
LARGEST = "the largest of its faces"
FROM_GRAY = "The second picture is gray: what its lightness reminds the network of is no colour of its own."
LONG = "So long a picture is squeezed to a square before the network sees it: expect little."

ABOUT = r"""
**What happens.** An encoder $e$ maps a picture $x$ to a latent $z = e(x)$ on the unit sphere, a generator $g$ maps
latents to pictures, and there is no third network: the two play against each other. What they fight over is how far the
latents of a set of pictures are from being spread evenly, for real pictures $X$ and for samples $g(Z)$:

$$V_2(g, e) = \Delta\big(e(g(Z)) \,\|\, Z\big) - \Delta\big(e(X) \,\|\, Z\big) \qquad \text{(Thesis Eq. 4.2)}$$

The encoder spreads real pictures over the sphere and crams samples together; the generator makes samples that it cannot
tell from real ones. $\Delta$ compares the mean $m_j$ and deviation $s_j$ of each of the $M$ dimensions over a batch
with those of a Gaussian:

$$\mathrm{KL}(Q \,\|\, \mathcal{N}(0, I))
= -\frac12 + \frac1M \sum_{j=1}^M \Big[ \frac{s_j^2 + m_j^2}{2} - \log s_j \Big]
\qquad \text{(Eq. 4.7)}$$

That alone does not make the two maps inverse to each other. Two more losses do: over pictures for the encoder, over
latents for the generator,

$$\mathcal{L}_\mathcal{X} = \mathbb{E}\, \|x - g(e(x))\|_1, \qquad
\mathcal{L}_\mathcal{Z} = \mathbb{E}\, \|z - e(g(z))\|_2^2 \qquad \text{(Eq. 4.3, 4.4)}$$

and the two networks take turns to minimise $V_2 + \lambda \mathcal{L}_\mathcal{Z}$ (Eq. 4.5) and
$-V_2 + \mu \mathcal{L}_\mathcal{X}$ (Eq. 4.6). Our networks of faces begin as an autoencoder, and
then play the game. Eq. 4.7 looks at one dimension at a time and cannot see that latents are correlated: data would keep
to a thin, tilted ellipsoid of the sphere, and most random points would be no face. So correlations are taken out before
the game, and in it the divergences are measured along the principal axes of the data. Where else our training differs
from the thesis, docs/deviations.md says so.

**A photo** is encoded, decoded and encoded once more: what the encoder loses on the way, $e(x) - e(g(z))$, is added to
$z$ before it is shown. The maps being inverse to each other, that brings $g(z)$ closer to $x$.

**The sliders** are differences of mean latents: the mean of faces that smile less the mean of faces that do not, by the
labels of CelebA. What often goes together in its photographs goes together here as well: more gray hair brings age,
more blond hair brings make-up. These labels were given by people at a glance, and say nothing of who somebody is.

**Between two faces** the way is the shortest arc of the sphere, since that is where all latents lie.

**Colours** are the same game with a condition. In the colour space Lab a picture is its lightness $L$ and two channels
of colour $x$; encoder and generator both see $L$, and $z$ has only three dimensions: its sphere is a globe, and the map
shows all of it. *Take the colours of this one* encodes a second picture and decodes with the lightness of the one that
is to be coloured: $g(e(x_1 \mid L_1) \mid L_2)$ with the second picture as $x_1$ (Fig. 4.4).

**Photos and cars** have a network each. That of cars is the thesis's: it knows one thing, and gives it any paint.
That of photographs has seen too few to learn what a lawn is. So a small network that can tell, SqueezeNet, looks at the
gray picture first, and the generator is given what it sees together with $L$. The page opens with the calmest colours;
the map has the bolder ones.

**True sizes.** Faces are 64 x 64 pixels, are shown enlarged by Lanczos interpolation, and are downloaded as they are.
Colours are made at 64 x 64 too, and are then joined with the full-resolution lightness by a guided filter, so that a
large photo stays as sharp as it was. Those of photographs are evened out first, as far as the next edge, so that they
keep to the things that they belong to.

**How a face is found.** BlazeFace, a small network that runs here and offline, finds faces with their eyes, nose and
mouth; these points are brought to where CelebA has them, and the middle of that square is cut out.

**Where it falls short.** 256 numbers hold the pose, the hair and the look of a face, not who it is: a reconstruction is
a relative at best. Hats, hands, profiles, drawings and harsh light come out as the nearest ordinary face. The network
of colours for cars has seen cars only: choose *Photos* for all else. That of photographs knows sky, plants, skin and
stone; a dress, a flower or a plate can have any colour, and often stays pale. And all of them are
young: they have learned for about an hour on one CPU core, not for days on a GPU, so faces are smooth and some
colours patchy.
"""
