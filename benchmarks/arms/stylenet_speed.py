"""CPU seconds a picture of a style network, by side, and the peak memory in MB: STYLE SIDE ..."""

import json
import resource
import sys
import time

import torch

from convgen import stylenet


def main(style: str, *sides: str) -> None:
    torch.set_num_threads(1)
    net, found = stylenet.load_stylenet(style), {}
    for side in map(int, sides):
        photo = torch.rand(1, 3, side, side)
        stylenet.stylize(net, photo)
        started = time.process_time()
        for _ in range(5):
            stylenet.stylize(net, photo)
        found[str(side)] = (time.process_time() - started) / 5
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
