"""Tab: textures without end, sampled, tiled, and learned from the visitor's picture (thesis sections 2.3.2 and 3.3)."""

from demos.texture_nets.page import CSS, SUMMARY, TITLE, build
from demos.texture_nets.samples import sample_texture

__all__ = ["CSS", "SUMMARY", "TITLE", "build", "sample_texture"]
