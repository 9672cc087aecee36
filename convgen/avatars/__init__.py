"""Textured neural avatars: people from bones, seen from anywhere (thesis chapter 6).

Shysheya et al., Textured Neural Avatars, CVPR 2019.
"""

from convgen.avatars.becoming import Sight, become
from convgen.avatars.bvh import read_bvh
from convgen.avatars.camera import Camera
from convgen.avatars.catalogue import (
    AVATARS,
    MOTIONS,
    available_avatars,
    average,
    load_avatar,
    load_motion,
    load_networks,
)
from convgen.avatars.dressing import dressed, with_picture
from convgen.avatars.driving import motion_of
from convgen.avatars.files import read_avatar, save_avatar
from convgen.avatars.motion import Motion, looped, positions
from convgen.avatars.network import AvatarNet, DirectNet
from convgen.avatars.objective import image_loss, initial_loss, mask_loss
from convgen.avatars.refining import Refinement
from convgen.avatars.rendering import Avatar, Networks, View, blended, view
from convgen.avatars.sampling import sample

__all__ = [
    "AVATARS",
    "MOTIONS",
    "Avatar",
    "AvatarNet",
    "Camera",
    "DirectNet",
    "Motion",
    "Networks",
    "Refinement",
    "Sight",
    "View",
    "available_avatars",
    "average",
    "become",
    "blended",
    "dressed",
    "image_loss",
    "initial_loss",
    "load_avatar",
    "load_motion",
    "load_networks",
    "looped",
    "mask_loss",
    "motion_of",
    "positions",
    "read_avatar",
    "read_bvh",
    "sample",
    "save_avatar",
    "view",
    "with_picture",
]
