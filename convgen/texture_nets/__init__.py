"""Texture networks: samples of a texture without end, from noise (thesis sections 2.3.2, 3.3 and 3.5)."""

from convgen.texture_nets.catalogue import (
    TEXTURES,
    VARIANTS,
    Texture,
    load_objective,
    load_texture_net,
    nearest_texture,
)
from convgen.texture_nets.files import load_net, save_net
from convgen.texture_nets.network import NETWORKS, TextureNetV1, TextureNetV2, sample, sample_between
from convgen.texture_nets.objective import TEXTURE_LAYERS, TextureObjective, scores
from convgen.texture_nets.optimise import optimise_texture
from convgen.texture_nets.training import Learner, TextureTrainer

__all__ = [
    "NETWORKS",
    "TEXTURES",
    "TEXTURE_LAYERS",
    "VARIANTS",
    "Learner",
    "Texture",
    "TextureNetV1",
    "TextureNetV2",
    "TextureObjective",
    "TextureTrainer",
    "load_net",
    "load_objective",
    "load_texture_net",
    "nearest_texture",
    "optimise_texture",
    "sample",
    "sample_between",
    "save_net",
    "scores",
]
