"""Peak memory in MB of a process that shows an avatar: SIDE."""

import json
import resource
import sys

from convgen.avatars import catalogue
from convgen.avatars.camera import Camera
from convgen.avatars.motion import positions
from convgen.avatars.rendering import view


def main(side: str) -> None:
    networks, avatar = catalogue.load_networks(), catalogue.load_avatar("white-coat")
    joints = positions(catalogue.load_motion("dance"), avatar.rest)[60]
    view(networks, avatar, joints, Camera(30, 10), size=int(side))
    print(json.dumps({"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
