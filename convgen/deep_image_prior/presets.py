"""Two presets a task: `thesis`, the settings of the released experiments, and `fast`, ours."""

from dataclasses import dataclass, replace

from convgen.deep_image_prior.problems import TASKS

PRESETS = ("fast", "thesis")


@dataclass(frozen=True)
class Settings:
    """How one picture is restored. The defaults are the thesis's for denoising.

    Attributes:
        steps: gradient steps in all.
        restart_every: after so many steps a network is done and the next one starts afresh; the result is the average
            of all (the thesis averages two runs for its best denoising figure). 0: one network only.
        optimiser: "adam", or "muon" for the weights of convolutions with Adam for the rest.
        lr: of that optimiser.
        network: "skip" (SkipNet) or "slim" (SlimNet).
        widths, skips, kernels, upsampling: one entry a level, finest first (see the networks).
        downsampling, padding: see SkipNet.
        input: "noise" from U(0, 1) x 0.1, "grid" of coordinates, or "guide" (the flash picture).
        in_channels: channels of the noise.
        input_noise_std: deviation of the noise added to the input anew at each step.
        averaging: factor of the exponential running average of the outputs; 0: none.
        backtrack: take the last good weights back when PSNR to the observed picture falls by 5 dB.
        bfloat16: run the network in bfloat16 (weights and data term stay float32).
        cosine: let the learning rate fall to a twentieth along a half cosine over the last half of a network's steps.
        window, patience: of the automatic stopping (see VarianceWatch).
    """

    steps: int = 1800
    restart_every: int = 0
    optimiser: str = "adam"
    lr: float = 0.01
    network: str = "skip"
    widths: tuple[int, ...] = (128,) * 5
    skips: tuple[int, ...] = (4,) * 5
    kernels: tuple[int, ...] = (3,) * 5
    upsampling: tuple[str, ...] = ("bilinear",) * 5
    downsampling: str = "stride"
    padding: str = "reflect"
    input: str = "noise"
    in_channels: int = 32
    input_noise_std: float = 1 / 30
    averaging: float = 0.0
    backtrack: bool = False
    bfloat16: bool = False
    cosine: bool = False
    window: int = 100
    patience: int = 1000


_NEAREST = ("nearest",) * 5
_THESIS = {
    "denoise": Settings(averaging=0.99, backtrack=True),
    "jpeg": Settings(steps=2400, widths=(8, 16, 32, 64, 128), skips=(0, 0, 0, 4, 4), in_channels=3),
    "super_resolution": Settings(steps=2000, input_noise_std=0.03),
    "inpaint": Settings(steps=6001, skips=(128,) * 5, upsampling=_NEAREST, input_noise_std=0.03),
    "missing_pixels": Settings(steps=11000, lr=0.001, input_noise_std=0.03),
    "flash": Settings(
        steps=601, lr=0.1, upsampling=("nearest",) * 2 + ("bilinear",) * 3, input="guide", input_noise_std=0.0
    ),
    "pre_image": Settings(
        steps=3100,
        lr=0.001,
        widths=(16, 32, 64, 128, 128, 128),
        skips=(4,) * 6,
        kernels=(7, 7, 5, 5, 3, 3),
        upsampling=("bilinear",) * 6,
        downsampling="average",
        padding="zero",
        input_noise_std=0.0,
    ),
}
_THESIS_INPAINT = {
    "text": _THESIS["inpaint"],
    "region": Settings(
        steps=5001, skips=(0,) * 5, upsampling=_NEAREST, input="grid", in_channels=2, input_noise_std=0.03
    ),
    "library": Settings(
        steps=3001,
        widths=(16, 32, 64, 128, 128, 128),
        skips=(0,) * 6,
        kernels=(5,) * 6,
        upsampling=("nearest",) * 6,
        in_channels=1,
        input_noise_std=0.0,
    ),
}
HOLES = tuple(_THESIS_INPAINT)

_SLIM = Settings(
    steps=400,
    restart_every=200,
    optimiser="muon",
    lr=0.02,
    network="slim",
    widths=(16, 32, 64, 128, 128),
    in_channels=16,
    input_noise_std=0.0,
    averaging=0.9,
    bfloat16=True,
    cosine=True,
)
_SLIM_WATCHED = replace(
    _SLIM, steps=600, restart_every=0, input_noise_std=0.01, averaging=0.98, cosine=False, window=30, patience=80
)
_FAST_INPAINT = {
    "text": replace(_SLIM, steps=600, restart_every=300),
    "region": replace(
        _SLIM, steps=300, restart_every=0, skips=(0,) * 5, upsampling=_NEAREST, input="grid", in_channels=2
    ),
    "library": replace(
        _SLIM,
        steps=300,
        restart_every=0,
        widths=(16, 32, 64, 128, 128, 128),
        skips=(0,) * 6,
        upsampling=("nearest",) * 6,
    ),
}
_FAST = {
    "denoise": _SLIM_WATCHED,
    "jpeg": _SLIM_WATCHED,
    "super_resolution": _SLIM,
    "missing_pixels": replace(_SLIM, steps=1200, restart_every=300),
    "flash": replace(_SLIM_WATCHED, input="guide"),
    "pre_image": replace(_SLIM, steps=300, restart_every=0),
}


def settings_for(task: str, preset: str = "fast", *, factor: int = 4, hole: str = "text") -> Settings:
    """The settings of a preset for a task.

    Args:
        task: one of TASKS.
        preset: one of PRESETS.
        factor: of super-resolution; the thesis takes more steps and more input noise at 8.
        hole: "text" for thin damage, "region" or "library" for large holes: the thesis's three inpainting networks
            (see `problems.hole_of`).
    Raises:
        ValueError: an unknown task, preset or hole.
    """
    for name, value, choices in (("task", task, TASKS), ("preset", preset, PRESETS), ("hole", hole, HOLES)):
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
    if task == "inpaint":
        return (_FAST_INPAINT if preset == "fast" else _THESIS_INPAINT)[hole]
    if preset == "fast":
        return _FAST[task]
    if task == "super_resolution" and factor == 8:
        return replace(_THESIS[task], steps=4000, input_noise_std=0.05)
    return _THESIS[task]


def curve_settings(preset: str = "fast") -> Settings:
    """The settings of the experiment of Fig. 7.2: the preset's network under the thesis's plain descent.

    Muon fits pure noise nearly as soon as a picture, which would hide what the figure shows.
    """
    plain = _THESIS["denoise"]
    return replace(
        settings_for("denoise", preset),
        optimiser=plain.optimiser,
        lr=plain.lr,
        input_noise_std=plain.input_noise_std,
        averaging=0.0,
        backtrack=False,
    )
