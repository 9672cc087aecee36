"""Tab: Deep Image Prior, an untrained network restores one picture (thesis chapter 7)."""

from demos.deep_image_prior.page import CSS, SUMMARY, TITLE, build

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]
