"""The learner's tools, and the coefficients of JPEG files."""

import math
from pathlib import Path

import numpy as np
import pytest

import gumbelkit as gk
from gumbelkit import Key, Lcg

JPEGS = Path(__file__).parents[2] / "crates" / "gumbel-jpeg" / "tests" / "golden" / "files"


def test_the_generator_is_that_of_park_and_miller():
    lcg = Lcg(1)
    for _ in range(10_000):
        state = lcg.next_state()
    assert state == 1_043_618_065  # their check
    jumped = Lcg(1)
    jumped.jump(10_000)
    assert jumped.state == state and "period" in lcg.period
    assert np.array_equal(Lcg(1).uniforms(3), [Lcg(1).next_uniform(), *Lcg(16807).uniforms(2)])


def test_rejection_keeps_the_law():
    for source in (Key(7), Lcg(1)):
        drawn = gk.rejection_sample(
            source, lambda x: math.exp(-x * x / 2), 20_000, low=-4, high=4, height=1
        )
        assert len(drawn.values) == 20_000 and drawn.tries > 20_000
        # Six standard errors of the mean and of the rate.
        assert abs(drawn.values.mean()) < 6 / 20_000**0.5
        assert abs(drawn.rate - math.sqrt(2 * math.pi) / 8) < 6 * 0.5 / drawn.tries**0.5


def test_the_errors_of_a_density_reach_the_caller():
    with pytest.raises(ZeroDivisionError):
        gk.rejection_sample(Key(7), lambda x: 1 / 0, 3, low=0, high=1, height=1)
    with pytest.raises(gk.Error):
        gk.rejection_sample(Key(7), lambda x: 2.0, 3, low=0, high=1, height=1)
    with pytest.raises(TypeError):
        gk.rejection_sample(Key(7), lambda x: "x", 3, low=0, high=1, height=1)
    with pytest.raises(TypeError):
        gk.rejection_sample(7, lambda x: 1.0, 3, low=0, high=1, height=1)


def test_figures_are_pictures():
    assert len(gk.figures()) > 10
    figure = gk.figure("simplex")
    assert figure.svg().startswith("<svg") and figure.png().startswith(b"\x89PNG")
    with pytest.raises(gk.Error, match="simplex.*found 'nothing'"):
        gk.figure("nothing")


def test_coefficients_are_those_of_the_planes():
    path = sorted(JPEGS.glob("*.jpg"))[0]
    whole = gk.dct_coefficients(path)
    planes = gk.dct_planes(path)
    luma = planes[0]
    assert whole.dtype == np.float32 and luma.coefficients.dtype == np.int16
    rows, columns = luma.coefficients.shape[:2]
    assert whole.shape == (192, rows, columns)
    wanted = luma.coefficients * luma.quantisation.astype(np.int32)
    assert np.array_equal(whole[:64], wanted.reshape(rows, columns, 64).transpose(2, 0, 1))
    assert np.array_equal(gk.dct_coefficients(path.read_bytes()), whole)


def test_files_that_are_no_images_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.jpg"):
        gk.dct_coefficients(tmp_path / "nothing.jpg")
    (tmp_path / "text.jpg").write_text("no image")
    with pytest.raises(gk.Error):
        gk.dct_coefficients(tmp_path / "text.jpg")
    with pytest.raises(TypeError, match="file: expected"):
        gk.dct_coefficients(7)
    with pytest.raises(gk.Error, match="chroma: expected"):
        gk.dct_coefficients(sorted(JPEGS.glob("*.jpg"))[0], chroma="x")
