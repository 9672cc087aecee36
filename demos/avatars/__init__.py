"""Tab: textured neural avatars, turned, moved, and driven by you (thesis chapter 6)."""

from demos.avatars.page import CSS, SUMMARY, TITLE, build

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]
