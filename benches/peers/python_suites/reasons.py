"""Why a test of a peer fails with our functions: one entry for each failure that is known.

A class says who would have to change:

| class | meaning |
|---|---|
| stream | the test wants the very numbers of the peer's generator |
| chance | a test of a random number with a wide bound, and a seed that passes with the peer's numbers |
| inside | the test looks at the inside of the peer, which the adapter does not imitate |
| differs | we do something else, on purpose |
| missing | we do not offer it |
| ours | a mistake of ours, to mend |

An entry also says how the message of the failure looks, so that another failure of the same test is not excused. A
failure without an entry is "unexplained", and `run` then ends with status 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CLASSES = ("stream", "chance", "inside", "differs", "missing", "ours")


@dataclass(frozen=True)
class Reason:
    """The class of a failure, and the reason in one line."""

    kind: str
    text: str


Entry = tuple[re.Pattern[str], re.Pattern[str], Reason]


def _reasons(kind: str, text: str, *tests: str, message: str) -> list[Entry]:
    return [(re.compile(test), re.compile(message), Reason(kind, text)) for test in tests]


_OTHER_NUMBERS = r"Arrays are not (almost )?equal"
_MT19937 = "asserts the numbers that MT19937 gives NumPy; ours follow from a key"

REASONS: dict[str, list[Entry]] = {
    "NumPy Generator": [
        *_reasons(
            "stream",
            _MT19937,
            r"TestRandomDist::test_(random|random_float|random_float_scalar)$",
            r"TestRandomDist::test_choice_(uniform|nonuniform)_(replace|noreplace)$",
            r"TestRandomDist::test_choice_(noninteger|multidimensional_default_axis)$",
            r"TestRandomDist::test_permutation(_custom_axis)?$",
            r"TestRandomDist::test_(exponential|gumbel|logistic|normal|uniform)$",
            r"TestRandomDist::test_standard_(exponential|normal)$",
            r"TestRandomDist::test_multivariate_normal\[\w+\]$",
            r"TestBroadcast::test_(uniform|normal|exponential|gumbel|logistic)$",
            r"TestRegression::test_call_within_randomstate$",
            r"TestRegression::test_(permutation_subclass|shuffle_mixed_dimension)$",
            r"TestIntegers::test_repeatability_32bit_boundary_broadcasting$",
            r"TestRandomDist::test_(integers|integers_masked|integers_closed)$",
            r"TestRandomDist::test_(shuffle|shuffle_custom_axis|permuted_with_strides)$",
            r"TestRandomDist::test_permuted\[",
            r"(TestRandomDist|TestBroadcast)::test_multinomial$",
            message=_OTHER_NUMBERS,
        ),
        *_reasons(
            "stream",
            _MT19937,
            r"TestSeed::test_(scalar|array)$",
            r"TestIntegers::test_repeatability_32bit_boundary\[",
            r"TestRandomDist::test_bytes$",
            message=r"Items are not equal",
        ),
        *_reasons(
            "stream",
            _MT19937,
            r"::test_ragged_shuffle$",
            message=r"assert \[\[\], 1, \[\]\] == \[1, \[\], \[\]\]",
        ),
        *_reasons(
            "stream",
            "asserts a checksum of NumPy's numbers",
            r"TestRandomDist::test_choice_large_sample$",
            r"TestIntegers::test_repeatability\[",
            message=r"^AssertionError$",
        ),
        *_reasons(
            "differs",
            "wants the last bit to be 1 in a quarter of the numbers, as on a grid; ours have random bits down to the last",
            r"test_random_distribution_of_lsb",
            message=r"assert np.int64\((49|50)\d\d\d\) < 25900",
        ),
        *_reasons(
            "chance",
            "means of 1,000 draws below 0.1, which is 2.2 standard deviations",
            r"test_multivariate_normal_basic_stats",
            message=r"assert np.False_",
        ),
        *_reasons(
            "inside",
            "an array whose __float__ raises; we read the array and call no __float__",
            r"test_scalar_exception_propagation$",
            message=r"TypeError not raised by uniform",
        ),
    ],
    "SciPy gumbel_r, gumbel_l": [
        *_reasons(
            "missing",
            "its last check but one: derivatives by a complex step; our densities take real numbers",
            r"test_cont_basic\[",
            message=r"x: expected real numbers, found complex128",
        ),
        *_reasons(
            "stream",
            "wants an array of draws to equal single draws one after the other; ours has a key for each call",
            r"test_rvs_broadcast\[",
            message=r"Not equal to tolerance rtol=1e-13",
        ),
        *_reasons(
            "chance",
            "wants a sample among the three quarters of samples that are nearest to the law, and has the seed for it",
            r"TestAndersonMethod::test_interpolate_saturation\[gumbel",
            message=r"assert np.float64\(0.527\d+\) < np.float64\(0.461\)",
        ),
        *_reasons(
            "chance",
            "wants a sample whose p-value is in SciPy's table, 0.01 to 0.25, and has the seed for it",
            r"TestAndersonMethod::test_method_consistency\[gumbel",
            message=r"DESIRED: array\(0.25\)",
        ),
    ],
    "PyTorch distributions": [
        *_reasons(
            "chance",
            "18 laws, each of which a correct sampler fails at 6 to 7 % of the seeds, with ours and with theirs",
            r"TestDistributions::test_gumbel_sample$",
            message=r"^AssertionError: np.float64\(-0.0588\d+\) not less than .* is biased",
        ),
        *_reasons(
            "missing",
            "`torch.jit.trace`, deprecated by PyTorch, records operators of PyTorch; our draws are constants in its trace",
            r"TestJit::test_r?sample$",
            message=r"Tensor-likes are not equal|INTERNAL ASSERT FAILED|False is not true",
        ),
    ],
    "JAX random": [
        *_reasons(
            "missing",
            "`out_sharding`: the functions run on one processor",
            r"RandomOutShardingTest::test_out_sharding_",
            message=r"unexpected keyword argument 'out_sharding'",
        ),
        *_reasons(
            "missing",
            "complex normal numbers",
            r"DistributionsTest::testNormalComplex",
            message=r"dtype: expected one of .* found complex",
        ),
        *_reasons(
            "missing",
            "keys of a generator of the user with other than two or four words",
            r"CustomPRNGTest::",
            message=r"key: expected a key of two or four words",
        ),
        *_reasons(
            "differs",
            "uniform numbers in half precision would round to 0 and 1, and are refused",
            r"testRngUniform|test_dtype_uniform",
            message=r"dtype: uniform numbers of (bfloat16|float16) would round to 0 and 1",
        ),
        *_reasons(
            "differs",
            "the same error, a ValueError, in other words",
            r"DistributionsTest::testCategoricalWithoutReplacement",
            message=r"does not match \"shape: expected at most \d+ draws of a row without replacement",
        ),
        *_reasons(
            "chance",
            "p = 0.003 at its seed, and the test wants 0.01",
            r"DistributionsTest::testCategorical\d+$",
            message=r"Failed chi-squared test with p=0.00307",
        ),
    ],
}


def reason_of(suite: str, test: str, message: str) -> Reason | None:
    """The reason of a failure, if it is known."""
    for name, text, reason in REASONS.get(suite, []):
        if name.search(test) and text.search(message):
            return reason
    return None
