"""Memory in MB of one picture, of a style network and of L-BFGS: STYLE SIDE."""

import json
import sys

import torch

from benchmarks.arms.memory import growth_mb
from convgen import stylenet
from convgen.descriptor import load_descriptor


def main(style: str, side: str) -> None:
    torch.set_num_threads(1)
    photo = torch.rand(1, 3, int(side), int(side))
    net = stylenet.load_stylenet(style)
    objective = stylenet.load_objective(style, load_descriptor())
    found = {
        "generator": growth_mb(lambda: stylenet.stylize(net, photo)),
        "optimiser": growth_mb(lambda: list(stylenet.optimise_style(objective, photo, steps=2))),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
