"""Checks the answers of a peer's worker, with the bounds of `gumbel-bench`.

A correct sampler fails them once in 10^6. The bounds of the moments hold in the
limit of many draws.
"""

import math

PERIOD = 15
PICKS = 1_000
T = 13.8

# Mean, variance, excess kurtosis.
LAWS = {
    "gumbel": (0.5772156649015329, 1.6449340668482264, 2.4),
    "gumbel-f64": (0.5772156649015329, 1.6449340668482264, 2.4),
    "exponential": (1.0, 1.0, 6.0),
}


def check(kernel, reply):
    """The error of a reply as text, or None."""
    found = False
    if "moments" in reply:
        found = True
        n, mean, variance = (math.nan if value is None else value for value in reply["moments"])
        law_mean, law_variance, kurtosis = LAWS[kernel]
        # Written so that a NaN is refused.
        if not abs(mean - law_mean) <= 6 * math.sqrt(law_variance / n):
            return f"the mean of {n:.0f} draws is {mean}, expected {law_mean}"
        if not abs(variance - law_variance) <= 6 * law_variance * math.sqrt((kurtosis + 2) / n):
            return f"the variance of {n:.0f} draws is {variance}, expected {law_variance}"
    if "sums" in reply and not reply["sums"] <= 1e-4:
        return f"a row differs from the sum 1 by {reply['sums']}"
    if "gradient" in reply and not reply["gradient"] <= 1e-4:
        return f"a gradient is wrong by {reply['gradient']}"
    if "distinct" in reply and reply["distinct"] != PICKS:
        return f"{reply['distinct']} different indices of {PICKS}"
    # Without replacement, the counts follow the weights if few of many are drawn.
    if "classes" in reply and ("distinct" not in reply or reply["classes"]["width"] >= 100 * PICKS):
        found = True
        wrong = counts(**reply["classes"])
        if wrong:
            return wrong
    return None if found or "distinct" in reply else "nothing to check"


def residues(width):
    """Probabilities of the classes modulo the period of the logits, in a row of this width."""
    weights = [math.exp(i * 0.25) * (width // PERIOD + (i < width % PERIOD)) for i in range(PERIOD)]
    return [weight / sum(weights) for weight in weights]


def counts(width, counts):
    """Pearson's statistic against the bound of Laurent and Massart (2000), as in `gumbel-bench`."""
    n = sum(counts)
    terms, rest = [], [0.0, 0.0]
    for residue, (count, p) in enumerate(zip(counts, residues(width))):
        if p == 0.0 and count:
            return f"class {residue} is impossible and was drawn"
        if p * n >= 50:
            terms.append((count, p * n))
        else:
            rest = [rest[0] + count, rest[1] + p * n]
    if rest[1] >= 50:
        terms.append(rest)
    freedom = len(terms) - 1
    if freedom < 1:
        return None
    statistic = sum((count - expected) ** 2 / expected for count, expected in terms)
    bound = freedom + 2 * math.sqrt(freedom * T) + 2 * T
    return f"chi-square of {n} draws is {statistic:.1f}, expected below {bound:.1f}" \
        if statistic > bound else None
