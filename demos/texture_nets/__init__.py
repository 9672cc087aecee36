"""Tab: textures without end, sampled, tiled, and learned from the visitor's picture (thesis sections 2.3.2 and 3.3)."""

from demos.texture_nets.jobs import sample_texture
from demos.texture_nets.page import CSS, SUMMARY, TITLE, build

__all__ = ["CSS", "SUMMARY", "TITLE", "build", "sample_texture"]
