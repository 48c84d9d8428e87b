#!/usr/bin/env python3
"""Tests that wrong answers are refused: `python3 answers_test.py`; nothing needs to be installed."""

import math
import unittest

import answers
import kernels


class Answers(unittest.TestCase):
    def test_moments(self):
        n, (mean, variance, _) = 10**6, answers.LAWS["gumbel"]
        self.assertIsNone(answers.check("gumbel", {"moments": [n, mean, variance]}))
        self.assertIn("mean", answers.check("gumbel", {"moments": [n, -mean, variance]}))
        self.assertIn("variance", answers.check("gumbel", {"moments": [n, mean, 1.62]}))
        self.assertIn("nan", answers.check("gumbel", {"moments": [n, math.nan, variance]}))
        self.assertIn("nan", answers.check("gumbel", {"moments": [n, mean, None]}))

    def test_counts(self):
        p = answers.residues(1_000)
        self.assertAlmostEqual(sum(p), 1)
        self.assertGreater(p[9] / p[10], math.exp(-0.25))  # Residues 0 to 9 have one class more.
        right = {"width": 1_000, "counts": [round(10**6 * p) for p in p]}
        self.assertIsNone(answers.check("any", {"classes": right}))
        even = {"width": 1_000, "counts": [1_000] * 15}
        self.assertIn("chi-square", answers.check("any", {"classes": even}))
        self.assertIn("impossible", answers.check("any", {"classes": {"width": 10, "counts": [0] * 14 + [1]}}))

    def test_rows_gradients_and_picks(self):
        classes = {"width": 2, "counts": [0] * 15}
        for wrong in ({"sums": 0.1}, {"sums": math.nan}, {"gradient": 0.1}, {"distinct": 999}, {}):
            self.assertIsNotNone(answers.check("any", wrong))
        self.assertIsNone(answers.check("any", {"sums": 1e-7, "gradient": 1e-6, "classes": classes}))
        self.assertIsNone(answers.check("any", {"distinct": 1_000}))


class Table(unittest.TestCase):
    def test_a_row_has_the_ratio_or_the_error(self):
        entry = {"kernel": "k", "peer": "p", "n": 1_000, "ours_ns": 0.5, "peer_ns": 20.0, "ratio": 40.0}
        self.assertEqual(kernels.row(entry), "| k | p | 1,000 | 0.5 | 20 | 40.0 |")
        self.assertTrue(kernels.row({**entry, "ratio": 9.876}).endswith("| 9.88 |"))
        self.assertTrue(kernels.row({**entry, "error": "wrong: a|b"}).endswith("| 0.5 |  | wrong: a/b |"))


if __name__ == "__main__":
    unittest.main()
