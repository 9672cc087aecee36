"""Tab: Deep Image Prior, an untrained network restores one picture (thesis chapter 7)."""

from demos.deep_image_prior.page import SUMMARY, TITLE, build, run

__all__ = ["SUMMARY", "TITLE", "build", "run"]
