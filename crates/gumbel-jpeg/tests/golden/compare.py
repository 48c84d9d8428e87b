"""Compares the coefficients of JPEGs with those of libjpeg, one by one and exactly, and their pixels.

    cargo build --release -p gumbel-jpeg --examples
    python tests/golden/compare.py target/release/examples/coefficients [FOLDER [COUNT]]...

First COUNT files (default 200, spread evenly) under each FOLDER, unchanged and recoded in every other way; then
pictures made here: all samplings and kinds, odd sizes, three qualities. Pixels may differ by 3 levels, because
the two decoders round in different places.
"""

import os
import struct
import subprocess
import sys
import tempfile

import numpy as np

from reference import KINDS, SAMPLINGS, convert, encode, picture, pixels, read


def components(take):
    """Reads the number of components, then rows, columns, steps and coefficients of each, from `take`."""
    (count,) = struct.unpack("<I", take(4))
    found = []
    for _ in range(count):
        rows, columns = struct.unpack("<II", take(8))
        steps = np.frombuffer(take(128), "<u2")
        values = np.frombuffer(take(rows * columns * 128), "<i2")
        found.append((steps, values.reshape(rows, columns, 64)))
    return found


def answers(program, paths):
    """Runs a program on these files, and returns a function that gives the next bytes of its output."""
    names = "".join(path + "\n" for path in paths).encode()
    data = subprocess.run([program], input=names, capture_output=True, check=True).stdout
    at = 0

    def take(size):
        nonlocal at
        at += size
        return data[at - size : at]

    return take


def ours(program, paths):
    """The components that the program reads from each file, or its error."""
    take = answers(program, paths)
    for _ in paths:
        found = components(take)
        yield found or take(struct.unpack("<I", take(4))[0]).decode()


def decoded(program, paths):
    """The pixels that the program decodes from each file, `None` if it refuses the file."""
    program = os.path.join(os.path.dirname(program), "pixels")
    take = answers(program, paths)
    for _ in paths:
        width, height = struct.unpack("<II", take(8))
        size = width * height * 3
        yield np.frombuffer(take(size), np.uint8).reshape(height, width, 3) if size else None


def same(a, b):
    pairs = zip(a, b, strict=True)
    return all(np.array_equal(x, y) for left, right in pairs for x, y in zip(left, right))


def compare(program, paths):
    """The numbers of files and coefficients, the largest difference of a pixel, and the files that differ."""
    coefficients, apart, wrong = 0, 0, []
    for path, found, shown in zip(paths, ours(program, paths), decoded(program, paths)):
        expected = read(path)
        if isinstance(found, str):
            wrong.append(f"{path}: {found}")
        elif not same(found, expected):
            wrong.append(f"{path}: other coefficients than libjpeg's")
        elif shown is None:
            wrong.append(f"{path}: no pixels")
        else:
            difference = int(np.abs(shown.astype(int) - pixels(path)).max())
            if difference > 3:
                wrong.append(f"{path}: a pixel is {difference} levels from libjpeg's")
            apart = max(apart, difference)
        coefficients += sum(plane.size for _, plane in expected)
    return len(paths), coefficients, apart, wrong


def line(name, files, coefficients, apart, wrong):
    count = f"{files} files, {coefficients} coefficients, pixels up to {apart} levels apart"
    print(f"{name}: {count}, {len(wrong)} differ")
    return wrong


def spread(folder, count):
    files = sorted(
        os.path.join(root, name)
        for root, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith((".jpg", ".jpeg"))
    )
    return files[:: max(1, len(files) // count)][:count]


def recoded(folder, jpegs):
    for number, jpeg in enumerate(jpegs):
        for kind in KINDS:
            path = os.path.join(folder, f"{number}-{kind}.jpg")
            with open(path, "wb") as file:
                file.write(convert(jpeg, kind))
            yield path


def made():
    for width, height in [(1, 1), (7, 9), (8, 8), (17, 33), (65, 31), (100, 100), (257, 40)]:
        for sampling in [*SAMPLINGS, "4x2", "2x4"]:
            for quality in [30, 75, 100]:
                yield encode(picture(width, height, quality), sampling, quality)


def main(program, *arguments):
    sets = []
    for argument in arguments:
        if argument.isdigit():
            sets[-1][1] = int(argument)
        else:
            sets.append([argument, 200])
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for name, count in sets:
            paths = spread(name, count)
            jpegs = [open(path, "rb").read() for path in paths]
            for what, paths in [("as they are", paths), ("recoded", list(recoded(folder, jpegs)))]:
                wrong += line(f"{name}, {what}", *compare(program, paths))
        wrong += line("made here", *compare(program, list(recoded(folder, made()))))
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
