"""What the tab says."""

TITLE = "Avatars"
SUMMARY = "One photo becomes a person who dances."
PAPERS = [("Textured Neural Avatars, CVPR 2019", "https://arxiv.org/abs/1905.08776")]
LEAD = (
    "**Drag the picture, and the person turns.** A small network says for each pixel which part of the body is there, "
    "and where in the texture of that part its colour is found. Pick a person and a motion, move them by a photo, a "
    "video or your webcam, **become one from a single photo**, or dress them."
)
MODES = {
    "motion": "Motion",
    "photo": "Photo",
    "video": "Video",
    "webcam": "Webcam",
    "become": "Become",
    "dress": "Dress",
}
EQUATION = (
    "R[x, y] = &Sigma;<sub>k</sub> P<sub>k</sub>[x, y] T<sub>k</sub>[C<sub>2k</sub>[x, y], C<sub>2k+1</sub>[x, y]]"
    "<small>Thesis Eq. 6.1, where the colour of a pixel is found</small>"
)
TALK = "People made of 24 small textures: a network says which part of the body is where, and they move and turn."
OWN = "own"
OWN_AVATAR = "Yours"
HOWS = {
    "texture": "A texture of ours",
    "cloth": "Your picture as cloth",
    "chest": "Your picture on the chest",
    "back": "Your picture on the back",
    "style": "A painter's style",
    "paint": "Paint with a brush",
}
PARTS = {
    "chest": "Chest",
    "back": "Back",
    "left-sleeve": "Left sleeve",
    "right-sleeve": "Right sleeve",
    "left-thigh": "Left thigh",
    "right-thigh": "Right thigh",
}
OWN_TITLE = "Your own BVH"
BACKGROUNDS = {"transparent": "Transparent", "colour": "Colour", "picture": "Your picture"}

RESTORE = "restore `weights/index.json`, or train them as docs/training.md says."
NO_AVATARS = f"**The avatars are not here yet**: {RESTORE}"
NOT_HERE = "The avatars are not here: restore weights/index.json, or train them as docs/training.md says."
STAGE_EMPTY = "The person appears here."
READY = "Move a slider, drag the picture, or press Play."
OPENING = "This loop was rendered by the network. Pick a person and a motion, then move a slider or drag the picture."
ADD_BVH = "Add a BVH file of your own first: press Upload a BVH, or choose one of the motions."
ADD_BACKGROUND = "Add a picture for the background first, or choose a colour or Transparent."
ADD_A_PHOTO = "Add a photo of a person first: upload one, paste one, take one, or click an example."
ADD_SOMETHING = "Add a photo or a video of a person first."
ONE_OF_THEM = "Give either a photo or a video, not both."
NOBODY_IN_FILM = "Nobody was found in this video: choose one in which a person is in view from head to feet."
PHOTO_READY = "Add a photo of a person from head to feet, or click an example."
MAKE_YOURS = "There is no avatar of yours yet: open Become and add a photo of a person, or load a file."
FILE_FOR_OWN = 'A file of an avatar came with the name of one of ours: ask for the avatar "own", or send no file.'
BVH_FOR_OWN = 'A BVH file came with the name of a motion of ours: ask for the motion "own", or send no file.'
LOOKING = "Looking for a person in your pictures."
NOTHING_MADE = "No avatar was made of these pictures; the one before stays."
NO_LEGS = "The legs are not in the photo, so they are a guess."
SMALL = "The person is small in the photo, so the avatar is blurred."
GONE = "Your avatar is not kept here any more: load its file again, or make it anew."
PHOTOS_READY = "Add a photo of a person from head to feet, or click an example: they become an avatar."
TOO_MANY = "At most {} photos and videos make one avatar: remove some by starting anew."
ADD_CLOTH = "Add a picture first: upload one, paste one, or send one from Textures or Style transfer."
PAINT_FIRST = "Paint on the texture first."
NO_TURN = "Nobody was found in this video: choose one in which a person turns around, in view from head to feet."
BECOME_HINT = (
    "**One photo is enough**, from head to feet, the arms away from the body, before a wall of another colour. More "
    "photos from other sides, or a video in which the person turns around, show what one cannot."
)
DRESS_HINT = (
    "Whoever is chosen above is dressed, and becomes yours. Pictures from *Textures* and *Style transfer* come here."
)
UNKNOWN = (
    "What no photo shows cannot be known: the back mirrors the front, and the proportions are those of an average body."
)
NO_FACE = "No photo shows the face, so it is a guess from the colours around it."
NOBODY_TO_LEARN = "Make an avatar from photos first: add a photo of a person, or click an example."
NOTHING_TO_UNDO = "There is nothing to take back."
LOADED = "Loaded: this is your avatar now."
VIDEO_EMPTY = "Your video with a stick figure, and the avatar beside it, appear here."
VIDEO_HINT = "One person, in view from head to feet, the whole time. The largest one counts."
WEBCAM_HINT = "Start the camera, allow it in your browser, press Record, and step back until your feet are in view."
WEBCAM_EMPTY = "You appear here as a stick figure, and the avatar beside you does what you do."
STEP_BACK = "Nobody is in view from head to feet: step back. The avatar waits in its last pose."
FOLLOWS = "The avatar follows you."
FIGURE = "Fig. 6.2, live"
FIGURE_PARTS = {
    "bones": "Bone maps B go in",
    "parts": "Part weights P",
    "places": "Coordinates C",
    "textures": "Texture stack T",
}
COMPARED = "Ours, Direct, and the truth"
COMPARED_HINT = (
    "A camera and a motion that neither network has seen in training. *Direct* is a network of the same size that "
    "makes colours from bones without textures (section 6.3.3); the truth is rendered from the 3D model."
)
COMPARED_NAMES = ("Ours", "Direct", "The truth")
SYNTHETIC = "Synthetic: this person was rendered by a neural network."
TERMS = (
    "The people are characters of the library **VALID** (MIT licence), photographs of nobody. The motions were "
    "recorded at Carnegie Mellon University: *the data used in this project was obtained from mocap.cs.cmu.edu; the "
    "database was created with funding from NSF EIA-0196217*. Your photos and videos stay on this machine."
)


def people_found(count: int) -> str:
    """What is said of a new photo with people."""
    return "The avatar stands as you do." if count == 1 else f"{count} people: click a number to choose one."


def without_people(missed: int, frames: int) -> str:
    """What is said of a film in which nobody is to be seen for a while."""
    return f"nobody in {missed} of {frames} frames: the avatar keeps its pose there" if missed else ""


def made_of(photos: int, seconds: str, *, face: bool, sides: bool, legs: bool, large: bool, crowd: int) -> str:
    """What is said of a new avatar, and of what is a guess."""
    line = f"Made from {photos} {'photo' if photos == 1 else 'pictures'} in {seconds}."
    others = f"The largest of {crowd} people was taken." if crowd > 1 else ""
    notes = [others, "" if sides else UNKNOWN, "" if face else NO_FACE, "" if legs else NO_LEGS, "" if large else SMALL]
    return " ".join([line, *filter(None, notes)])


ABOUT = r"""
**What happens.** A pose is a list of joints in space. Seen from a camera it becomes a stack of *bone maps* $B$: a
channel for each bone, its depth along it (section 6.3.2). A network $g_\phi$ turns them into two stacks of maps: $P$
says how likely each pixel belongs to each of 24 parts of the body, or to the background $P_n$; $C$ says where on the
surface of a part it lies.
Colours come from a *texture stack* $T$, a small picture for every part of one person:

$$R[x, y] = \sum_{k} P_k[x, y] \; T_k\big[C_{2k}[x, y],\, C_{2k+1}[x, y]\big] \qquad \text{(Thesis Eq. 6.1)}$$

**Training.** The picture is to look like a true one through a fixed network $\mathcal{F}$ that has learned to recognise
things, and the outline is to be that of the true mask $M$:

$$\mathcal{L}_{\mathrm{image}} = d_{\mathcal{F}}\big(R, I\big) \quad \text{(Eq. 6.2)}, \qquad
\mathcal{L}_{\mathrm{mask}} = \mathrm{BCE}\big(1 - P_n,\, M\big) \quad \text{(Eq. 6.3)}$$

The textures are learned together with the network. One network serves all people here; a short code tells it whose
outline it is to draw.

**Sharp at any size.** $P$ and $C$ are smooth, so the network works at a small size, and its maps are enlarged; the
textures are looked up at the size you ask for. That is why a person at 1024 pixels costs little more than one at 256.

**Background.** The network's outline says how much of a pixel is person, and your picture shows through the rest:
$I \odot M + \tilde I \odot (1 - M)$ (section 6.3.2).

**Driven by you.** BlazePose, a network that runs here and offline, finds 33 points of a body in space. Their
directions, with the avatar's own bone lengths, are its pose; in videos they are smoothed over time. It looks at the
person only, so the avatar stays in its place.

**Become one.** The pose of your photo says where your bones are, the network which pixel belongs where on the body; so
each pixel goes to its place in the textures. What no photo shows is mirrored from the other side. A code of twelve
numbers is fitted until the network draws your outline (Eq. 6.3). *Refine* goes on with a copy of the network by Eq. 6.2
and 6.3 on your pictures alone. It learns something from several photos, and next to nothing from one.

**Dress.** Textures are pictures, so they can be painted on, replaced, or made by the networks of the other tabs. Cloth
then follows the body in every pose, because only the textures have changed.

**What it gets wrong.** Edges of cloth are several pixels off at 512 pixels. Fingers are coarse, hems and hair have soft
edges, and faces are small. Poses that no clip in the training shows (lying, crouching, standing on the hands) may come
out with thin or missing limbs. The pose of a photo is an estimate, several centimetres off; a person cut by the frame
gives none. Limbs that are hidden in the photo are guessed, not seen.
"""
