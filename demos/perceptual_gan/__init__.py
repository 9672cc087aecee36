"""Tab: faces edited by perceptual discriminators, and apples to oranges (thesis chapter 5)."""

from demos.perceptual_gan.page import CSS, SUMMARY, TITLE, build

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]
