"""Tab: style transfer, photos and videos in the style of a painting (thesis sections 2.3.3 and 3.4)."""

from demos.stylenet.jobs import run
from demos.stylenet.page import CSS, SUMMARY, TITLE, build

__all__ = ["CSS", "SUMMARY", "TITLE", "build", "run"]
