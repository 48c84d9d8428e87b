"""`python3 exactness_test.py`: tests that p-values are correct and wrong counts are refused."""

import unittest

from exactness import FALSE_ALARM, chi_square_p, judge, poisson_p


class Exactness(unittest.TestCase):
    def test_p_values(self):
        # The 5 % and 1 % points of chi-square with 63 degrees of freedom.
        self.assertAlmostEqual(chi_square_p(82.529, 63), 0.05, places=4)
        self.assertAlmostEqual(chi_square_p(92.010, 63), 0.01, places=4)
        # P(X = 0) = e^-5, twice; the median.
        self.assertAlmostEqual(poisson_p(0, 5.0), 2 * 0.006737947, places=8)
        self.assertGreater(poisson_p(295, 294.9), 0.9)
        self.assertLess(poisson_p(420, 294.9), 1e-10)

    def test_wrong_counts_are_refused(self):
        for test, good, bad in [
            ("tail-262144", [99_967, 33], [100_000, 0]),
            ("tail-16384", [99_968, 32], [99_900, 100]),
            ("zero", [1000, 0], [999, 1]),
            ("wide", [1_000, 1_001] * 32, [2_000, 0] * 32),
        ]:
            self.assertGreater(judge(test, good)[2], 0.5, test)
            self.assertLess(judge(test, bad)[2], FALSE_ALARM, test)


if __name__ == "__main__":
    unittest.main()
