"""Shared by make.py and compare.py: libjpeg's coefficients and pixels of a file, and files of every kind.

Needs the packages in requirements.txt, and libjpeg-turbo's cjpeg, djpeg and jpegtran (Debian: libjpeg-turbo-progs).
"""

import os
import subprocess
import tempfile
import warnings

import jpeglib
import numpy as np

SAMPLINGS = ["1x1", "2x1", "1x2", "2x2", "4x1", "grey"]

SCANS = "0;\n1;\n2;\n"  # a sequential file with a scan for each component

# Options of jpegtran that recode a file without changing its coefficients.
KINDS = {
    "sequential": [],
    "optimised": ["-optimize"],
    "restart": ["-restart", "2B"],
    "progressive": ["-progressive"],
    "progressive-restart": ["-progressive", "-restart", "1"],
    "scans": ["-scans"],
}


def read(path):
    """Steps and coefficients of each component, as libjpeg reads them: [(64,), (rows, columns, 64)]."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = jpeglib.read_dct(path)
    planes = [plane for plane in (image.Y, image.Cb, image.Cr) if plane is not None]
    steps = [image.qt[number] for number in image.quant_tbl_no[: len(planes)]]
    return [
        (q.reshape(64).astype(np.uint16), plane.reshape(*plane.shape[:2], 64).astype(np.int16))
        for q, plane in zip(steps, planes)
    ]


def pixels(path):
    """Red, green and blue of each pixel, as libjpeg decodes them: (height, width, 3)."""
    # It returns 2 after a warning.
    ppm = subprocess.run(["djpeg", "-rgb", "-pnm", path], capture_output=True).stdout
    kind, width, height, _ = ppm.split(maxsplit=4)[:4]
    width, height = int(width), int(height)
    assert kind == b"P6"
    return np.frombuffer(ppm[-3 * width * height :], np.uint8).reshape(height, width, 3).astype(int)


def picture(width, height, seed):
    """A gradient with noise, as the bytes of a PPM file."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    channels = [3 * x + 2 * y, 255 - 4 * x + y, 128 + 5 * (x - y)]
    pixels = np.stack(channels, axis=-1) + rng.integers(-20, 20, (height, width, 3))
    return b"P6 %d %d 255\n" % (width, height) + np.clip(pixels, 0, 255).astype(np.uint8).tobytes()


def encode(ppm, sampling, quality):
    """libjpeg's file of a picture; sampling "2x1" is the luma's factors, the chroma's are 1x1."""
    options = ["-grayscale"] if sampling == "grey" else ["-sample", sampling]
    command = ["cjpeg", "-quality", str(quality), *options]
    return subprocess.run(command, input=ppm, capture_output=True, check=True).stdout


def convert(jpeg, kind):
    """The same coefficients, coded in another way."""
    options = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        if kind == "scans":
            script = os.path.join(folder, "scans")
            grey = b"\xff\xc0\x00\x0b" in jpeg
            with open(script, "w") as file:
                file.write("0;\n" if grey else SCANS)
            options = ["-scans", script]
        done = subprocess.run(["jpegtran", *options], input=jpeg, capture_output=True)
        # 2 is a warning, for example about a missing end marker.
        if done.returncode not in (0, 2):
            done.check_returncode()
        return done.stdout
