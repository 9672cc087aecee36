"""What there was before: OpenCV's and scikit-image's restorations, for comparison side by side."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from convgen import images
from convgen.deep_image_prior.problems import Problem


@dataclass(frozen=True)
class Comparison:
    """One classical result: name, (1, C, H, W) image in [0, 1], and the CPU seconds that it took."""

    name: str
    image: Tensor
    cpu_seconds: float


def non_local_means(observed: Tensor) -> Tensor:
    """Non-local means of Buades et al. (2005) with the noise level estimated from the picture (scikit-image)."""
    from skimage.restoration import denoise_nl_means, estimate_sigma

    picture = _array(observed)
    sigma = float(np.mean(estimate_sigma(picture, channel_axis=-1)))
    restored = denoise_nl_means(
        picture, h=0.6 * sigma, sigma=sigma, patch_size=5, patch_distance=6, fast_mode=True, channel_axis=-1
    )
    return _tensor(restored)


def telea(observed: Tensor, mask: Tensor) -> Tensor:
    """Fast-marching inpainting of Telea (2004) (OpenCV)."""
    import cv2

    picture = np.asarray(images.to_picture(observed))
    missing = 255 * (mask[0, 0].numpy() < 0.5).astype(np.uint8)
    restored = cv2.inpaint(picture, missing, 3, cv2.INPAINT_TELEA)
    return _tensor(restored[..., None] / 255 if restored.ndim == 2 else restored / 255)


def biharmonic(observed: Tensor, mask: Tensor) -> Tensor:
    """Biharmonic inpainting (scikit-image)."""
    from skimage.restoration import inpaint_biharmonic

    return _tensor(inpaint_biharmonic(_array(observed), mask[0, 0].numpy() < 0.5, channel_axis=-1))


def bicubic(observed: Tensor, factor: int) -> Tensor:
    """Bicubic enlargement (Pillow)."""
    from PIL import Image

    picture = images.to_picture(observed)
    size = (picture.width * factor, picture.height * factor)
    return images.to_tensor(picture.resize(size, Image.Resampling.BICUBIC))


def joint_bilateral(observed: Tensor, guide: Tensor) -> Tensor:
    """Guided filter of He et al. (2013), the kin of joint bilateral filtering: (OpenCV's box filter on float)."""
    import cv2

    picture, flash = _array(observed), _array(guide).mean(-1, keepdims=True)
    blur = lambda x: cv2.blur(x, (17, 17)).reshape(*x.shape[:2], -1)  # noqa: E731
    mean_flash, mean = blur(flash), blur(picture)
    slope = (blur(flash * picture) - mean_flash * mean) / (blur(flash * flash) - mean_flash**2 + 1e-4)
    return _tensor(blur(slope) * flash + blur(mean - slope * mean_flash))


def compare(problem: Problem) -> list[Comparison]:
    """Every classical method that fits the problem; empty for a pre-image, which has none."""
    observed = problem.observed
    mask, guide = problem.mask, problem.guide
    methods: dict[str, Callable[[], Tensor]] = {}
    if problem.task == "super_resolution":
        methods["Bicubic"] = lambda: bicubic(observed, problem.factor)
    elif problem.task in ("denoise", "jpeg", "flash"):
        if guide is not None:
            methods["Guided filter"] = lambda: joint_bilateral(observed, guide)
        methods["Non-local means"] = lambda: non_local_means(observed)
    elif mask is not None:
        methods["Telea"] = lambda: telea(observed, mask)
        methods["Biharmonic"] = lambda: biharmonic(observed, mask)
    results = []
    for name, method in methods.items():
        started = time.process_time()
        image = method().clamp(0, 1)
        results.append(Comparison(name, image, time.process_time() - started))
    return results


def _array(image: Tensor) -> np.ndarray:
    return image[0].permute(1, 2, 0).double().numpy()


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).float().permute(2, 0, 1)[None]
