"""Values that the Rust crates wrote: see the examples that each file names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent


def draws() -> dict[str, list[str]]:
    """The lines of `draws.txt` by their names: `cargo run -p gumbel --example golden_draws`."""
    lines = (FOLDER / "draws.txt").read_text().splitlines()
    return {name: values.split() for name, values in (line.split(":") for line in lines)}


def checksum(values: np.ndarray) -> str:
    """FNV-1a of the little-endian bytes."""
    total = 0xCBF29CE484222325
    for byte in values.tobytes():
        total = ((total ^ byte) * 0x100000001B3) % 2**64
    return f"{total:016x}"


def text(values: np.ndarray) -> list[str]:
    """The words of a line for an array."""
    values = np.ascontiguousarray(values).reshape(-1)
    if values.dtype.kind == "f":
        bits = values.view(f"u{values.itemsize}")
        words = [f"{int(b):0{2 * values.itemsize}x}" for b in bits[:64]]
    else:
        values = values.astype(np.uint64)
        words = [str(int(v)) for v in values[:64]]
    if len(values) > 64:
        words = [*words[:32], "...", str(len(values)), checksum(values)]
    return words
