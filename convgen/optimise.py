"""Generation by minimisation: the pixels themselves are optimised by L-BFGS (thesis section 3.2.2)."""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from convgen.progress import Progress

Terms = Mapping[str, Tensor]


def minimise(terms_of: Callable[[Tensor], Terms], start: Tensor, *, steps: int) -> Iterator[Progress]:
    """L-BFGS with a strong Wolfe line search on the pixels of one picture.

    Args:
        terms_of: picture (1, 3, H, W) -> the terms of the objective, each (1,); "total" is minimised.
        start: (1, 3, H, W), where it begins, on the device of the objective.
        steps: iterations, each of one or a few evaluations.
    Yields:
        Progress an iteration: the picture so far, the terms, and "evaluations" beside them.
    """
    image = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
    optimiser = torch.optim.LBFGS([image], max_iter=1, max_eval=25, history_size=20, line_search_fn="strong_wolfe")
    evaluations = 0
    seen: list[tuple[Tensor, Tensor, dict[str, Tensor]]] = []  # pictures of this iteration, gradients, terms

    def evaluate() -> Tensor:
        nonlocal evaluations
        for picture, gradient, terms in seen:
            if torch.equal(picture, image):  # L-BFGS asks again for the picture that its line search ended at
                image.grad = gradient.clone()
                return terms["total"].sum()
        evaluations += 1
        image.grad = None
        terms = terms_of(image.contiguous(memory_format=torch.channels_last))
        terms["total"].sum().backward()
        terms = {name: term.detach() for name, term in terms.items()}
        seen.append((image.detach().clone(), image.grad.clone(), terms))
        return terms["total"].sum()

    for step in range(1, steps + 1):
        optimiser.step(evaluate)
        evaluate()
        seen[:] = [point for point in seen if torch.equal(point[0], image)]
        losses = {name: term.item() for name, term in seen[0][2].items()}
        shown = image.detach().clamp(0, 1).float().cpu().clone()
        yield Progress(step, steps, shown, {**losses, "evaluations": float(evaluations)})
