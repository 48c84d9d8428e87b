"""SciPy's tests of `gumbel_r` and `gumbel_l`, on `gumbelkit.Gumbel`.

SciPy's own machinery stays: arguments, locations and scales, supports, moments by integration. What the laws say of
themselves is ours: densities, distribution functions, quantiles, draws, moments and fits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import _continuous_distns as laws
from scipy.stats._continuous_distns import _check_fit_input_parameters

import gumbelkit
from observe import ours, salted

LAW = gumbelkit.Gumbel()

# The mirror image of a law has the other tail.
MIRRORED = {
    "pdf": "pdf",
    "logpdf": "logpdf",
    "cdf": "sf",
    "logcdf": "logsf",
    "sf": "cdf",
    "logsf": "logcdf",
}


def _of_x(name: str, sign: int) -> Any:
    function = getattr(LAW, name)
    return lambda self, x: function(sign * x)


def _of_q(name: str, sign: int) -> Any:
    function = getattr(LAW, name)
    return lambda self, q: sign * function(q)


def _rvs(sign: int) -> Any:
    def rvs(self: Any, size: Any = None, random_state: Any = None) -> Any:
        key = salted(gumbelkit.Key.of(random_state))
        drawn = sign * LAW.rvs(key, size)
        return drawn if drawn.ndim else float(drawn)

    return rvs


def _stats(sign: int) -> Any:
    theirs = laws.gumbel_r_gen._stats

    def stats(self: Any) -> Any:
        # Skewness and kurtosis do not depend on the parameters; we do not offer them.
        _, _, skewness, kurtosis = theirs(self)
        return sign * LAW.mean(), LAW.var(), sign * skewness, kurtosis

    return stats


def _fit(sign: int) -> Any:
    def fit(self: Any, data: Any, *args: Any, **kwds: Any) -> Any:
        # Their check of the arguments, which also refuses names that do not exist.
        data, floc, fscale = _check_fit_input_parameters(self, data, args, dict(kwds))
        if floc is not None:
            floc = sign * floc
        found = gumbelkit.Gumbel.fit(sign * np.asarray(data), floc=floc, fscale=fscale)
        return np.float64(sign * found.loc), np.float64(found.scale)

    return fit


def _install(law: type, sign: int) -> None:
    for name in MIRRORED:
        source = name if sign > 0 else MIRRORED[name]
        setattr(law, f"_{name}", ours(_of_x(source, sign)))
    for name, mirrored in (("ppf", "isf"), ("isf", "ppf")):
        setattr(law, f"_{name}", ours(_of_q(name if sign > 0 else mirrored, sign)))
    law._rvs = ours(_rvs(sign))
    law._stats = ours(_stats(sign))
    law._entropy = ours(lambda self: LAW.entropy())
    likelihood = law.fit

    fitted = _fit(sign)

    def fit(self: Any, data: Any, *args: Any, **kwds: Any) -> Any:
        # Censored data and the method of moments are SciPy's: their general fit takes them, on our densities.
        if kwds.get("method", "mle").lower() != "mle" or not isinstance(
            data, (np.ndarray, list, tuple)
        ):
            return likelihood(self, data, *args, **kwds)
        kwds.pop("method", None)
        return fitted(self, data, *args, **kwds)

    law.fit = ours(fit, likelihood)


def install() -> None:
    _install(laws.gumbel_r_gen, 1)
    _install(laws.gumbel_l_gen, -1)
