"""CPU seconds a sample of V1, by side: slim or faithful, SIDE ..."""

import json
import sys
import time

import torch

from convgen import texture_nets
from convgen.runtime import channels_last


def main(kind: str, *sides: str) -> None:
    torch.set_num_threads(1)
    net, found = channels_last(texture_nets.TextureNetV1(faithful=kind == "faithful").eval()), {}
    for side in sides:
        texture_nets.sample(net, size=int(side))
        started = time.process_time()
        for _ in range(3):
            texture_nets.sample(net, size=int(side))
        found[side] = (time.process_time() - started) / 3
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
