"""The tab's act of talk mode: runs of examples, live; `python -m demos.deep_image_prior.talk` draws finished ones."""

from convgen import images
from demos.common.talk import Act, Seen, keep
from demos.deep_image_prior.examples import EXAMPLES
from demos.deep_image_prior.texts import EQUATION, TALK, TITLE
from demos.deep_image_prior.thumbnails import case_of

RUNS = ("text", "missing", "scratches", "jpeg")
"""Examples."""
SMALL = {"longest_side": 288, "steps": 400}
"""The bundled pictures are those of a shorter run."""


def said(item: str) -> dict[str, str]:
    return {"example": item} | EXAMPLES[item].fields


ACTS = [
    Act(
        "deep_image_prior", "deep_image_prior", TITLE, EQUATION, TALK,
        {name: EXAMPLES[name].caption for name in RUNS}, said=said, shown="#dip-pair img",
        run={name: {"picture": str(EXAMPLES[name].path)} | EXAMPLES[name].fields for name in RUNS},
    )
]  # fmt: skip

if __name__ == "__main__":
    from demos.deep_image_prior.work import Work

    for name in RUNS[:2]:
        case = case_of(EXAMPLES[name], **SMALL)
        work = Work(case)
        for _ in work.advance(SMALL["steps"]):
            pass
        keep(ACTS[0], name, Seen(work.result(), images.on_white(case.before)))
