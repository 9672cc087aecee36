"""Pictures in and out: the decoder against odd files, memory, alpha, sizes, tensors."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import odd_files as odd
import pytest
import torch
from PIL import Image

from convgen import images

ROOT = Path(__file__).parents[1]


def test_odd_files_are_many_and_of_both_kinds(odd_files):
    refused = [file for file in odd_files if file.sentence]
    assert len(odd_files) >= 60 and 20 <= len(refused) <= len(odd_files) - 40
    assert len({file.name for file in odd_files}) == len(odd_files)


@pytest.mark.parametrize("as_bytes", [False, True], ids=["path", "bytes"])
def test_every_odd_file_becomes_a_picture_or_one_sentence(odd_files, as_bytes):
    for file in odd_files:
        source = file.path.read_bytes() if as_bytes else file.path
        if file.sentence is None:
            file.check(images.open_picture(source))
            continue
        with pytest.raises(ValueError, match=file.sentence) as caught:
            images.open_picture(source)
        sentence = str(caught.value)
        assert sentence.endswith(".") and sentence.count(". ") == 0 and "\n" not in sentence, file.name


@pytest.mark.parametrize("path", ["/nowhere/at/all.png", "/", "https://example.org/a.png", "a\0b"])
def test_what_is_no_file_is_one_sentence(path):
    with pytest.raises(ValueError, match="not a picture"):
        images.open_picture(path)


def test_only_size_and_settings_are_kept_from_a_file(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text("Author", "somebody")
    text.add_text("convgen", '{"seed": 3}')
    exif = Image.Exif()
    exif[0x0112] = 6
    odd.scene().save(tmp_path / "a.png", pnginfo=text, exif=exif, dpi=(72, 72))
    assert images.open_picture(tmp_path / "a.png").info == {"size": (32, 48), "convgen": '{"seed": 3}'}
    large = io.BytesIO()
    odd.scene((6000, 4000)).save(large, "JPEG", exif=exif)
    picture = images.open_picture(large.getvalue())
    assert picture.size == (2000, 3000) and picture.info == {"size": (4000, 6000)}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_no_decode_grows_memory_by_300_megabytes(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    large = Image.new("RGBA", (5600, 5600), (*odd.LEFT, 9))
    large.save(tmp_path / "colour_alpha.png", compress_level=1, exif=exif)
    large.convert("CMYK").save(tmp_path / "cmyk_progressive.jpg", progressive=True)
    large.getchannel("A").convert("F").save(tmp_path / "float.tif")
    large.resize((3900, 4000)).save(tmp_path / "alpha.webp", method=0, exif=exif)
    float_colours = np.full((3000, 3300, 3), 0.5, np.float32)
    (tmp_path / "float_colours.tif").write_bytes(odd.tiff(float_colours, bits=32, kind=3, orientation=6))
    packed = odd.tiff(float_colours[:1500], bits=32, kind=3, orientation=6, packed=True)
    (tmp_path / "float_packed.tif").write_bytes(packed)
    large.quantize(8).save(tmp_path / "palette.png", compress_level=1, icc_profile=odd.swapped_profile())
    if images.AVIF:
        large.resize((3900, 4000)).save(tmp_path / "alpha.avif", speed=10, exif=exif)
    (tmp_path / "169_megapixels.png").write_bytes(odd.megapixel_png())
    program = (
        "import sys\n"
        "from convgen import images\n"
        "def megabytes(key):\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024\n"
        "images.open_picture(sys.argv[1])\n"
        "before = megabytes('VmRSS')\n"
        "for path in sys.argv[2:]:\n"
        "    try:\n"
        "        images.open_picture(path)\n"
        "    except ValueError:\n"
        "        pass\n"
        "    print(megabytes('VmHWM') - before, path)\n"
    )
    command = [sys.executable, "-c", program, ROOT / "assets/photos/coffee.jpg", *sorted(tmp_path.iterdir())]
    peaks = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120).stdout
    assert len(peaks.splitlines()) == 8 + images.AVIF
    assert all(float(line.split()[0]) < 300 for line in peaks.splitlines()), peaks


def test_tensor_and_back_is_the_same_picture():
    for mode, channels in (("L", 1), ("RGB", 3)):
        values = np.random.default_rng(0).integers(0, 256, (5, 7) if mode == "L" else (5, 7, 3), dtype=np.uint8)
        tensor = images.to_tensor(Image.fromarray(values))
        assert tensor.shape == (1, channels, 5, 7) and tensor.dtype == torch.float32
        assert tensor.min() >= 0 and tensor.max() <= 1
        picture = images.to_picture(tensor)
        assert picture.mode == mode and np.array_equal(np.array(picture), values)


def test_to_tensor_of_other_modes_drops_alpha():
    assert images.to_tensor(Image.new("RGBA", (4, 3))).shape == (1, 3, 3, 4)
    assert images.to_tensor(Image.new("LA", (4, 3))).shape == (1, 1, 3, 4)
    assert images.to_tensor(Image.new("1", (4, 3))).shape == (1, 1, 3, 4)
    assert images.to_tensor(Image.new("P", (4, 3))).shape == (1, 3, 3, 4)


def test_to_picture_clamps_and_rounds():
    values = torch.tensor([-1.0, 0.0, 0.5 / 255 + 1e-4, 1.0, 7.0, float("nan")]).reshape(1, 1, 1, 6)
    assert np.array(images.to_picture(values)).tolist() == [[0, 0, 1, 255, 255, 0]]


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (1, 2, 4, 4), (4, 4), (1, 1, 3, 4, 4)])
def test_to_picture_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"tensor must be \(1, C, H, W\)"):
        images.to_picture(torch.zeros(shape))


def test_alpha_is_split_and_restored():
    alpha = Image.new("L", (20, 10), 0)
    alpha.paste(200, (0, 5, 20, 10))
    picture = odd.scene((20, 10))
    opaque, split = images.split_alpha(images.with_alpha(picture, alpha))
    assert opaque.mode == "RGB" and np.array_equal(split, alpha)
    assert opaque.getpixel((3, 0)) == (255, 255, 255) and opaque.getpixel((3, 9)) == odd.LEFT
    assert images.split_alpha(images.with_alpha(picture, Image.new("L", (20, 10), 255)))[1] is None
    assert images.with_alpha(picture, None) is picture
    larger = images.with_alpha(picture.resize((40, 20)), alpha)
    assert larger.mode == "RGBA" and larger.getchannel("A").size == (40, 20)
    assert images.with_alpha(picture.convert("L"), alpha).mode == "LA"


def test_on_white():
    half = images.with_alpha(Image.new("L", (3, 3), 0), Image.new("L", (3, 3), 128))
    page = images.on_white(half)
    assert page.mode == "L" and abs(page.getpixel((1, 1)) - 127) <= 1


def test_fit_within_keeps_the_aspect_and_never_enlarges():
    picture = odd.scene((300, 200))
    assert images.fit_within(picture) is picture
    assert images.fit_within(picture, longest_side=150).size == (150, 100)
    fitted = images.fit_within(picture, max_pixels=6000)
    assert fitted.width * fitted.height <= 6000 and fitted.size == (94, 63)
    assert images.fit_within(odd.scene((5000, 2)), longest_side=100).size == (100, 1)
