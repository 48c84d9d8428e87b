"""DCT coefficients of JPEG files, without decoding them to pixels."""

from __future__ import annotations

import os
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gumbelkit import _native

__all__ = ["DctPlane", "dct_coefficients", "dct_planes"]


class DctPlane(NamedTuple):
    """One component of a JPEG: Y, Cb or Cr."""

    coefficients: NDArray[np.int16]
    """Quantised, as in the file, `[blocks high, blocks wide, 8, 8]`: vertical, then horizontal frequency."""
    quantisation: NDArray[np.uint16]
    """The steps, `[8, 8]`; coefficients times steps are those of an orthonormal DCT."""


def _contents(file: Any) -> Any:
    return bytes(file) if isinstance(file, (bytearray, memoryview)) else file


def dct_coefficients(
    file: str | os.PathLike[str] | bytes | bytearray | memoryview,
    *,
    chroma: Literal["smooth", "exact", "replicate"] = "smooth",
) -> NDArray[np.float32]:
    """The DCT coefficients of a JPEG as channels: one for each frequency of Y, Cb and Cr.

    The entropy coding is undone, the coefficients are multiplied by their quantisation steps, and
    the chroma is brought to the grid of the luma's blocks. Nothing is decoded to pixels.

    Args:
        file: a path, or the bytes of a file: sequential or progressive, grey or colour.
        chroma: how the chroma comes to the luma's grid: "smooth" keeps low frequencies low,
            "exact" is that of replicated samples, "replicate" repeats the coefficients.

    Returns:
        float32 `[192, rows, columns]`, channel 64 c + 8 v + u for component c, vertical frequency
        v and horizontal frequency u; one row and column for each 8 pixels. A grey file has zeros in
        the channels of Cb and Cr.

    Raises:
        Error: a damaged file, a kind that is not read (12 bits, arithmetic coding, CMYK).
        OSError: a file that cannot be read.

    Example:
        >>> from gumbelkit import dct_coefficients
        >>> x = dct_coefficients("photo.jpg")                        # doctest: +SKIP
        >>> x.shape                                                  # doctest: +SKIP
        (192, 60, 80)

    Xu et al., "Learning in the frequency domain", arXiv 2002.12416; ITU-T T.81.
    """
    grid, rows, columns = _native.dct_grid(_contents(file), chroma)
    return grid.reshape(192, rows, columns)


def dct_planes(file: str | os.PathLike[str] | bytes | bytearray | memoryview) -> list[DctPlane]:
    """The quantised coefficients of each component of a JPEG as they are in the file.

    Arguments and errors as `dct_coefficients`.

    Returns:
        One `DctPlane` for a grey file, three for colour.
    """
    return [DctPlane(*plane) for plane in _native.dct_planes(_contents(file))]
