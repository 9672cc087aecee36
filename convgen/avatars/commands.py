"""The commands of `python -m convgen.train` that make avatars."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer

from convgen.avatars.becoming import Sight, become
from convgen.avatars.camera import WINDOWS
from convgen.avatars.catalogue import MOTIONS_FILE, average, load_networks, packed, packed_motions
from convgen.avatars.data import Views, batch_of, draw_views, load_motions, load_people
from convgen.avatars.files import save_avatar
from convgen.avatars.network import CODE, OUTER, PARTS, WIDTHS, AvatarNet, DirectNet
from convgen.avatars.objective import FEATURE_WEIGHT, INITIAL_WEIGHT
from convgen.avatars.refining import Refinement
from convgen.avatars.rendering import Avatar, Networks
from convgen.avatars.sampling import sample
from convgen.avatars.sharp import seen_from_all_sides, texture_stack
from convgen.avatars.training import AvatarTrainer
from convgen.descriptor import load_descriptor
from convgen.runtime import channels_last
from convgen.training.runs import (
    claim,
    finish,
    load_tensors,
    pictures_in_rows,
    save_tensors,
    start_from,
    train_to_the_end,
)

VIEWS = "views.safetensors"
OWN = "avatar.safetensors"
"""An avatar with a network of its own, as the app reads it."""
STEPS_A_SECOND = 1.75
"""Of learning on, on two cores; where there are fewer, or slower, it ends early."""
SHOWN = 6
_WIDTHS = ",".join(str(width) for width in WIDTHS)


def train_avatars(
    people: Annotated[Path, typer.Option(help="A folder of rigged people, NAME.npz.", exists=True, file_okay=False)],
    motions: Annotated[Path, typer.Option(help="A folder of motions, NAME.bvh.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="The folder of this run.")],
    names: Annotated[str, typer.Option(help="Who, with commas; all of the folder by default.")] = "",
    without: Annotated[str, typer.Option(help="Motions to leave out, with commas.")] = "",
    direct: Annotated[bool, typer.Option(help="The baseline Direct (section 6.3.3).")] = False,
    views: Annotated[int, typer.Option(min=1, help="Views of each person.")] = 400,
    cameras: Annotated[int, typer.Option(min=0, help="So many on a ring; 0: anywhere around.")] = 0,
    initial_steps: Annotated[int, typer.Option(min=0, help="Steps on known parts and coordinates.")] = 1500,
    steps: Annotated[int, typer.Option(min=1, help="In all.")] = 2500,
    batch: int = 4,
    widths: Annotated[str, typer.Option(help="Channels inside, the last at the smallest maps.")] = _WIDTHS,
    outer: Annotated[int, typer.Option(help="Channels at the whole side.")] = OUTER,
    window: Annotated[str, typer.Option(help=f"What the network sees, among {', '.join(WINDOWS)}.")] = "body",
    feature_weight: Annotated[float, typer.Option(help="Of Eq. 6.2.")] = FEATURE_WEIGHT,
    initial_weight: Annotated[float, typer.Option(help="Of the initial loss to the end.")] = INITIAL_WEIGHT,
    seed: int = 0,
    every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 250,
) -> None:
    """Textured neural avatars of several people, with one network (thesis section 6.3)."""
    if window not in WINDOWS:
        raise ValueError(f"window must be one of {', '.join(WINDOWS)}, got {window!r}")
    who = [name for name in names.split(",") if name] or sorted(path.stem for path in people.glob("*.npz"))
    claim(out, people=people, motions=motions, names=names)
    drawn = out / VIEWS
    if drawn.is_file():
        data = Views(**load_tensors(drawn))
    else:
        found = load_people(people, who)
        moves = load_motions(motions, without=[name for name in without.split(",") if name])
        data = draw_views(list(found.values()), moves, each=views, window=WINDOWS[window], cameras=cameras, seed=seed)
        out.mkdir(parents=True, exist_ok=True)
        save_tensors(data.tensors(), drawn)
        save_tensors({name: person.rest for name, person in found.items()}, out / "rest.safetensors")
    kind = DirectNet if direct else AvatarNet
    arguments = {"widths": [int(width) for width in widths.split(",")], "outer": outer}
    net = channels_last(kind(**arguments, seed=seed))
    trainer = AvatarTrainer(
        net,
        data,
        channels_last(load_descriptor()),
        people=len(who),
        code=CODE,
        window=WINDOWS[window],
        initial_steps=initial_steps,
        steps=steps,
        batch=batch,
        feature_weight=feature_weight,
        initial_weight=initial_weight,
        seed=seed,
    )

    def sheet():
        return pictures_in_rows(_shown(trainer), 2 * SHOWN)

    begun = time.process_time()
    train_to_the_end(trainer, out, every=every, sheet=sheet)
    scores = {"cpu_seconds": time.process_time() - begun}
    finish(out, "net", net.state_dict(), arguments=arguments, scores=scores)
    save_tensors({"codes": trainer.codes.detach()}, out / "codes.safetensors")


@torch.no_grad()
def _shown(trainer: AvatarTrainer):
    """For some views of everybody: the truth, and what the network makes of the bones."""
    data, rows = trainer.views, []
    trainer.net.eval()
    for whose in range(len(trainer.codes)):
        places = (data.whose == whose).nonzero()[:SHOWN, 0]
        batch = batch_of(data, places, torch.zeros(len(places), 2, dtype=torch.long), window=trainer.window)
        first, second = trainer.net(batch.bone_maps, trainer.codes[batch.whose])
        if not trainer.textures:
            made = first.clamp(0, 1) * second.sigmoid()
        elif trainer.step > trainer.initial_steps:
            made = sample(first.softmax(1), second, trainer.texture_stack, batch.whose)
        else:
            made = _coordinates(first, second)
        rows += [batch.images, made]
    trainer.net.train()
    return torch.cat(rows).clamp(0, 1)


def _coordinates(part_logits, part_uv):
    """Part and coordinates as colours: (B, 3, H, W)."""
    weights = part_logits.softmax(1)
    best = weights[:, :PARTS].argmax(1, keepdim=True)
    u, v = (part_uv[:, place::2].gather(1, best) for place in (0, 1))
    solid = 1 - weights[:, PARTS:]
    return torch.cat([(best + 4) / 28, u, v], dim=1) * solid


def splat_textures(
    people: Annotated[Path, typer.Option(help="A folder of rigged people, NAME.npz.", exists=True, file_okay=False)],
    motions: Annotated[Path, typer.Option(help="A folder of motions, NAME.bvh.", exists=True, file_okay=False)],
    body: Annotated[Path, typer.Option(help="The folder of the run that trained the body's network.")],
    head: Annotated[Path, typer.Option(help="The folder of the run that trained the head's network.")],
    out: Annotated[Path, typer.Option(help="The folder of this run: a folder of each avatar, NAME.")],
    names: Annotated[str, typer.Option(help="Who, in the order of the runs, with commas.")],
    without: Annotated[str, typer.Option(help="Motions to leave out, with commas.")] = "",
    side: Annotated[int, typer.Option(help="Of each texture.")] = 128,
    views: Annotated[int, typer.Option(help="Pictures of the body and of the head.")] = 32,
    seed: int = 0,
) -> None:
    """Sharp textures of trained avatars, from large pictures (thesis section 6.3.5)."""
    moves = load_motions(motions, without=[name for name in without.split(",") if name])
    runs = {"body": body, "head": head}
    codes = {window: load_tensors(run / "codes.safetensors")["codes"] for window, run in runs.items()}
    nets = {}
    for window, run in runs.items():
        net = AvatarNet(**json.loads((run / "net.json").read_text(encoding="utf-8"))["arguments"])
        start_from(net, load_tensors(run / "net.safetensors"), run / "net.safetensors")
        nets[window] = channels_last(net.eval().fused())
    for whose, (name, person) in enumerate(load_people(people, names.split(",")).items()):
        own = {window: code[whose] for window, code in codes.items()}
        stack = texture_stack(Networks(**nets), own, person, moves, side=side, views=views, seed=seed)
        (out / name).mkdir(parents=True, exist_ok=True)
        finish(out / name, "net", packed(Avatar(stack, own, person.rest)), arguments={}, scores={})


def make_avatars(
    people: Annotated[Path, typer.Option(help="A folder of rigged people, NAME.npz.", exists=True, file_okay=False)],
    motions: Annotated[Path, typer.Option(help="A folder of motions, NAME.bvh.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="The folder of this run: a folder of each avatar, NAME.")],
    names: Annotated[str, typer.Option(help="Who, with commas.")],
    without: Annotated[str, typer.Option(help="Motions to leave out, with commas.")] = "",
    views: Annotated[int, typer.Option(min=1, help="Pictures of each person.")] = 8,
    side: Annotated[int, typer.Option(help="Of each texture.")] = 128,
    seconds: Annotated[float, typer.Option(min=0, help="To learn on with a network of one's own, on a CPU.")] = 0,
    seed: int = 0,
) -> None:
    """Avatars of people whom no network has seen, from a few pictures with known poses (thesis section 6.4.6)."""
    networks, start = load_networks(), average()
    moves = load_motions(motions, without=[name for name in without.split(",") if name])
    for name, person in load_people(people, names.split(",")).items():
        sights = list(seen_from_all_sides(person, moves, "body", views=views, seed=seed))
        avatar = become(networks, sights, codes=start.codes, rest=person.rest, side=side)
        (out / name).mkdir(parents=True, exist_ok=True)
        finish(out / name, "net", packed(avatar), arguments={}, scores={})
        if seconds:
            save_avatar(refined(networks, avatar, sights, seconds=seconds, seed=seed), out / name / OWN)


def refined(networks: Networks, avatar: Avatar, sights: Sequence[Sight], *, seconds: float, seed: int = 0) -> Avatar:
    """The avatar after so many seconds of learning from its pictures."""
    steps = max(1, round(STEPS_A_SECOND * seconds))
    learning = Refinement(networks, avatar, sights, load_descriptor(), steps=steps, seed=seed)
    begun = time.monotonic()
    for _ in learning.run():
        if time.monotonic() - begun > seconds:
            break
    return learning.finished()


def pack_motions(
    motions: Annotated[Path, typer.Option(help="A folder of motions, NUMBER.bvh.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="The file to write.")] = MOTIONS_FILE,
) -> None:
    """The bundled motions from their BVH files."""
    save_tensors(packed_motions(load_motions(motions)), out)


def add_commands(app: typer.Typer) -> None:
    """`avatars`, `avatar_textures`, `avatar_becoming` and `avatar_motions`."""
    app.command("avatars")(train_avatars)
    app.command("avatar_textures")(splat_textures)
    app.command("avatar_becoming")(make_avatars)
    app.command("avatar_motions")(pack_motions)
