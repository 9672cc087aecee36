"""Generation by minimisation: the pixels themselves are optimised by L-BFGS (thesis section 3.2.2)."""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from convgen.progress import Progress

Terms = Mapping[str, Tensor]
MARGIN = 0.5 / 255


def minimise(terms_of: Callable[[Tensor], Terms], start: Tensor, *, steps: int) -> Iterator[Progress]:
    """L-BFGS with a strong Wolfe line search on the pixels of one picture, which stay within [0, 1].

    Pixels are (1 + sin u) / 2 and u is optimised, so that every picture on the way is one that can be shown, and its
    loss is that of the picture. Free pixels leave the range, and what is cut off is missed: the loss of a texture of
    black and white cells is five times higher once it is a picture.

    Args:
        terms_of: picture (1, 3, H, W) -> the terms of the objective, each (1,); "total" is minimised.
        start: (1, 3, H, W) in [0, 1], where it begins, on the device of the objective; black and white are taken half
            a gray level inside, where they can still be moved.
        steps: iterations, each of one or a few evaluations.
    Yields:
        Progress an iteration: the picture so far, the terms, and "evaluations" beside them.
    """
    inside = start.detach().clamp(MARGIN, 1 - MARGIN)
    angles = torch.asin(2 * inside - 1).contiguous().requires_grad_()
    optimiser = torch.optim.LBFGS([angles], max_iter=1, max_eval=25, history_size=20, line_search_fn="strong_wolfe")
    evaluations = 0
    seen: list[tuple[Tensor, Tensor, dict[str, Tensor]]] = []  # angles of this iteration, gradients, terms

    def picture() -> Tensor:
        return (1 + torch.sin(angles)) / 2

    def evaluate() -> Tensor:
        nonlocal evaluations
        for place, gradient, terms in seen:
            if torch.equal(place, angles):  # L-BFGS asks again for the picture that its line search ended at
                angles.grad = gradient.clone()
                return terms["total"].sum()
        evaluations += 1
        angles.grad = None
        terms = terms_of(picture().contiguous(memory_format=torch.channels_last))
        terms["total"].sum().backward()
        terms = {name: term.detach() for name, term in terms.items()}
        gradient = torch.zeros_like(angles) if angles.grad is None else angles.grad.clone()
        seen.append((angles.detach().clone(), gradient, terms))
        return terms["total"].sum()

    for step in range(1, steps + 1):
        optimiser.step(evaluate)
        evaluate()
        seen[:] = [point for point in seen if torch.equal(point[0], angles)]
        losses = {name: term.item() for name, term in seen[0][2].items()}
        shown = picture().detach().float().cpu()
        yield Progress(step, steps, shown, {**losses, "evaluations": float(evaluations)})
