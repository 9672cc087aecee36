"""StyleNet: photos in the style of a painting, in one pass or by optimisation (thesis sections 2.3.3 and 3.4)."""

from convgen.stylenet.network import StyleNet, style_noise, stylize
from convgen.stylenet.objective import CONTENT_LAYERS, TEXTURE_LAYERS, StyleObjective, painting, scores
from convgen.stylenet.training import StyleTrainer

__all__ = [
    "CONTENT_LAYERS",
    "TEXTURE_LAYERS",
    "StyleNet",
    "StyleObjective",
    "StyleTrainer",
    "painting",
    "scores",
    "style_noise",
    "stylize",
]
