"""Tab: faces and colours from an encoder and a generator alone (thesis chapter 4)."""

from demos.age.page import CSS, SUMMARY, TITLE, build

__all__ = ["CSS", "SUMMARY", "TITLE", "build"]
