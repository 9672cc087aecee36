"""`python -m demos.stylenet.thumbnails` draws the thumbnails of the styles: one photo through each network."""

from pathlib import Path

from PIL import Image, ImageOps
from tqdm import tqdm

from convgen import images
from demos.common.photos import photo_path
from demos.stylenet.examples import PHOTOS, SHAPE, THUMBNAILS
from demos.stylenet.form import available
from demos.stylenet.jobs import make

PHOTO = "cat_chelsea"
WORKED_AT = 400
"""Longest side at which the photo is stylized, so that strokes can be seen in a thumbnail."""


def thumbnails(folder: Path = THUMBNAILS) -> None:
    """Draw what each listed style makes of one photo."""
    folder.mkdir(parents=True, exist_ok=True)
    photo = images.open_picture(photo_path(PHOTO, PHOTOS))
    for name in tqdm(available()):
        made = make({"style": name, "size": WORKED_AT}, photo)
        small = ImageOps.fit(made.after, SHAPE, Image.Resampling.LANCZOS, centering=(0.5, 0.4))
        small.save(folder / f"{name}.jpg", quality=84, optimize=True)


if __name__ == "__main__":
    thumbnails()
