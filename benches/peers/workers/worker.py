"""The loop of a worker: requests on standard input, answers on standard output, one JSON object a line.

A request names a case, the elements of a call and the seconds to spend. The
answer has the median of the calls in nanoseconds per element, and statistics of
the last result: its moments, the drawn classes, the error of row sums.
`answers.py` checks them. The buffers of a case stay until another case is
requested.
"""

import json
import statistics
import sys
import time

PERIOD = 15
PICKS = 1_000
TAU = 0.5


def pattern(numpy, n):
    """Logits of a row. They repeat, so that classes can be counted modulo the period."""
    return (numpy.arange(n) % PERIOD).astype(numpy.float32) * numpy.float32(0.25)


def rows(n, width):
    """The number of whole rows in about n elements, at least one, and their width."""
    return max(n // width, 1), width


def drawn(numpy, classes, width):
    """Counts of the classes by their residue."""
    counts = numpy.bincount(numpy.asarray(classes).ravel() % PERIOD, minlength=PERIOD)
    return {"width": width, "counts": counts.tolist()}


def moments(numpy, values):
    """Count, mean and variance in double precision."""
    values = numpy.asarray(values)
    return [values.size, float(values.mean(dtype=numpy.float64)), float(values.var(dtype=numpy.float64))]


def measure(call, n, seconds):
    """Median nanoseconds per element, the number of calls, and the last result; short calls are timed together."""
    start = time.perf_counter()
    result = call()
    once = time.perf_counter() - start
    repeats = int(1e-3 / max(once, 1e-9)) + 1
    times, began = [], time.perf_counter()
    while not times or (time.perf_counter() - began < seconds and len(times) < 1_000):
        start = time.perf_counter()
        for _ in range(repeats):
            result = call()
        times.append((time.perf_counter() - start) / (repeats * n))
    return 1e9 * statistics.median(times), len(times) * repeats, result


def serve(versions, cases):
    """Answers requests until the end of input. A case maps n to (elements, call, statistics of a result)."""
    out, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps({"versions": versions}), file=out, flush=True)
    held, work = None, None
    for line in sys.stdin:
        request = json.loads(line)
        key = request["case"], request["n"]
        try:
            if key != held:
                held, work = None, None
                work = cases[key[0]](key[1])
                held = key
            elements, call, look = work
            ns, calls, result = measure(call, elements, request["seconds"])
            reply = {"n": elements, "ns": ns, "calls": calls, **look(result)}
            del result
        except Exception as error:  # Reported to the caller, which continues with other cases.
            held, work = None, None
            reply = {"error": f"{type(error).__name__}: {str(error).strip()}".splitlines()[0]}
        print(json.dumps(reply), file=out, flush=True)
