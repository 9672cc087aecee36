"""The sampling function s: colours of a pixel's parts at its coordinates, weighted (thesis section 6.3.4)."""

from collections.abc import Iterator

from torch import Tensor

from convgen.avatars.network import PARTS
from convgen.losses import total

MOST = 3
LEAST = 0.01


def sample(
    part_weights: Tensor,
    part_uv: Tensor,
    texture_stack: Tensor,
    whose: Tensor | None = None,
    *,
    most: int = MOST,
    least: float = LEAST,
) -> Tensor:
    """The picture that parts and coordinates give: Thesis Eq. 6.1.

    s(P, C, T)[x, y] = sum_k P^k[x, y] T^k[C^2k[x, y], C^(2k+1)[x, y]], bilinear; differentiable in all three.

    Args:
        part_weights: P, (B, 25, H, W), sums to 1, the background last.
        part_uv: C, (B, 48, H, W): u and v of each part, 0 to 1 across its texture.
        texture_stack: T, (N, 24, 3, T, T), of N people.
        whose: (B,) int64, the person of each picture; 0 by default.
        most: how many of a pixel's parts are sampled, the heaviest.
        least: what is less than this in the foreground is left black.
    Returns:
        (B, 3, H, W), black where the background's weight is 1.
    Deviation: only the heaviest parts are sampled; the others hardly weigh.
    """
    batch, _, height, width = part_weights.shape
    picture, row, column = (1 - part_weights[:, PARTS] > least).nonzero(as_tuple=True)
    found, parts = part_weights[:, :PARTS][picture, :, row, column].topk(most, dim=1)  # (K, most)
    uv = part_uv.unflatten(1, (PARTS, 2))[picture, :, :, row, column]
    uv = uv.gather(1, parts[..., None].expand(-1, -1, 2))
    stack = parts if whose is None else parts + PARTS * whose[picture, None]
    colors = (found[..., None] * texels(texture_stack, stack, uv)).sum(1)
    image = colors.new_zeros(batch, height, width, 3)
    return image.index_put((picture, row, column), colors).permute(0, 3, 1, 2)


def texels(texture_stack: Tensor, parts: Tensor, uv: Tensor) -> Tensor:
    """Bilinear colours at places of textures.

    Args:
        texture_stack: (..., 3, T, T), any number of textures; read fastest where its colours are last in memory.
        parts: (...,) int64, which of them.
        uv: (..., 2), 0 to 1; the edge goes on beyond.
    Returns:
        (..., 3).
    """
    side = texture_stack.shape[-1]
    flat = texture_stack.movedim(-3, -1).reshape(-1, 3)

    def chosen(column: Tensor, row: Tensor) -> Tensor:
        return flat.index_select(0, ((parts * side + row) * side + column).flatten()).view(*parts.shape, 3)

    return total(share[..., None] * chosen(column, row) for column, row, share in corners(uv, side))


def corners(uv: Tensor, side: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """The four pixels around places of a square picture, and how much each of them counts: bilinear interpolation.

    Args:
        uv: (..., 2), 0 to 1 across the picture; the edge goes on beyond.
        side: of the picture in pixels.
    Returns:
        four times column and row (...) int64, and share (...), differentiable in uv; the shares sum to 1.
    """
    place = uv.clamp(0, 1) * side - 0.5
    corner = place.detach().floor()
    across, down = (place - corner).unbind(-1)
    for right in (0, 1):
        for below in (0, 1):
            column, row = ((corner[..., k] + step).clamp(0, side - 1).long() for k, step in ((0, right), (1, below)))
            yield column, row, (across if right else 1 - across) * (down if below else 1 - down)
