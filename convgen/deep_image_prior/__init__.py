"""Deep Image Prior: an untrained network restores one picture (thesis chapter 7).

D. Ulyanov, A. Vedaldi, V. Lempitsky, Deep Image Prior, CVPR 2018, arXiv:1711.10925. Nothing is learned from other
pictures: the weights of a randomly initialised network are fitted to the one picture at hand, and its structure alone
makes natural pictures come out before noise and damage do.
"""

from convgen.deep_image_prior.classical import Comparison, compare
from convgen.deep_image_prior.curves import CURVES, curve_restorers, curve_targets, learning_curves
from convgen.deep_image_prior.network import SkipNet, SlimNet
from convgen.deep_image_prior.presets import HOLES, PRESETS, Settings, curve_settings, settings_for
from convgen.deep_image_prior.problems import (
    DAMAGES,
    FACTORS,
    TASKS,
    Problem,
    add_noise,
    compress,
    crop_to_multiple,
    damage_mask,
    hole_of,
    painted_where,
    random_mask,
    shrink,
)
from convgen.deep_image_prior.restore import Restorer
from convgen.deep_image_prior.stopping import VarianceWatch
from convgen.images import psnr

__all__ = [
    "CURVES",
    "DAMAGES",
    "FACTORS",
    "HOLES",
    "PRESETS",
    "TASKS",
    "Comparison",
    "Problem",
    "Restorer",
    "Settings",
    "SkipNet",
    "SlimNet",
    "VarianceWatch",
    "add_noise",
    "compare",
    "compress",
    "crop_to_multiple",
    "curve_restorers",
    "curve_settings",
    "curve_targets",
    "damage_mask",
    "hole_of",
    "learning_curves",
    "painted_where",
    "psnr",
    "random_mask",
    "settings_for",
    "shrink",
]
