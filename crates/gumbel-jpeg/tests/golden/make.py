"""Writes the golden set: small JPEGs of every kind, and in golden.txt what libjpeg reads from them.

    python tests/golden/make.py

Each line of golden.txt is a file, then for each component rows x columns of blocks and the 64-bit FNV-1a hash
of its steps (u16) and coefficients (i16), little-endian, row-major.
"""

import os

from reference import KINDS, SAMPLINGS, convert, encode, picture, read

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")


def fnv(data):
    state = 0xCBF29CE484222325
    for byte in data:
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return state


def files():
    for sampling in SAMPLINGS:
        for kind in KINDS:
            jpeg = encode(picture(17, 33, 1), sampling, 75)
            yield f"17x33-{sampling}-{kind}", convert(jpeg, kind)
    for width, height in [(1, 1), (7, 9), (16, 16), (100, 100)]:
        for kind in ["sequential", "progressive"]:
            jpeg = encode(picture(width, height, 2), "2x2", 50)
            yield f"{width}x{height}-2x2-{kind}", convert(jpeg, kind)
    # Unusual sampling factors, and the largest coefficients.
    for sampling in ["4x2", "2x4", "2x2,2x1,1x2", "2x1,2x1,2x1"]:
        yield f"40x24-{sampling}-sequential", encode(picture(40, 24, 3), sampling, 75)
    for kind in ["sequential", "progressive"]:
        yield f"24x16-1x1-{kind}-100", convert(encode(picture(24, 16, 4), "1x1", 100), kind)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    lines = []
    for name, jpeg in files():
        path = os.path.join(FOLDER, f"{name}.jpg")
        with open(path, "wb") as file:
            file.write(jpeg)
        components = []
        for steps, plane in read(path):
            data = steps.astype("<u2").tobytes() + plane.astype("<i2").tobytes()
            components.append(f"{plane.shape[0]}x{plane.shape[1]} {fnv(data):016x}")
        lines.append(f"{name}.jpg {' '.join(components)}\n")
    with open(os.path.join(FOLDER, "..", "golden.txt"), "w") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main()
