"""StyleNet: photos in the style of a painting, in one pass or by optimisation (thesis sections 2.3.3 and 3.4)."""

from convgen.stylenet.catalogue import STYLES, Style, load_objective, load_stylenet
from convgen.stylenet.colors import keep_colors
from convgen.stylenet.files import load_net, save_net
from convgen.stylenet.learning import STYLE_SIZE, StyleLearner, nearest_style
from convgen.stylenet.network import StyleNet, stylize
from convgen.stylenet.objective import CONTENT_LAYERS, TEXTURE_LAYERS, StyleObjective, scores
from convgen.stylenet.optimise import STARTS, optimise_style
from convgen.stylenet.training import StyleTrainer

__all__ = [
    "CONTENT_LAYERS",
    "STARTS",
    "STYLES",
    "STYLE_SIZE",
    "TEXTURE_LAYERS",
    "Style",
    "StyleLearner",
    "StyleNet",
    "StyleObjective",
    "StyleTrainer",
    "keep_colors",
    "load_net",
    "load_objective",
    "load_stylenet",
    "nearest_style",
    "optimise_style",
    "save_net",
    "scores",
    "stylize",
]
