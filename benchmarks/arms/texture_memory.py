"""Memory in MB of one texture, of V1 and of L-BFGS: TEXTURE SIDE."""

import json
import sys

import torch

from benchmarks.arms.memory import growth_mb
from convgen import texture_nets
from convgen.descriptor import load_descriptor


def main(texture: str, side: str) -> None:
    torch.set_num_threads(1)
    net = texture_nets.load_texture_net(texture)
    objective = texture_nets.load_objective(texture, load_descriptor())
    size = int(side)
    found = {
        "generator": growth_mb(lambda: texture_nets.sample(net, size=size)),
        "optimiser": growth_mb(lambda: list(texture_nets.optimise_texture(objective, size=size, steps=2))),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
