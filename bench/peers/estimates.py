"""What the peers with torch, CuPy and JAX share: estimates, which differ in how numbers are drawn only.

np is the library, which reads as NumPy does; normal(i, n) is the i-th array of n normal float32 numbers. Results stay
on the device. The option is that of quern bench.
"""
import math

PRICE, STRIKE, RATE, VOLATILITY, YEARS = 100.0, 105.0, 0.05, 0.2, 1.0


def inside(x, y):
    """How many points are inside of the quarter of a circle."""
    return (x * x + y * y <= 1).sum()


def european_call(np, normal, samples):
    drift, deviation = _step(YEARS)
    return _value(PRICE * np.exp(drift + deviation * normal(0, samples)))


def asian_call(np, normal, samples, steps, loop=None):
    """By array code, a step at a time. loop, if not None, is the library's own: loop(steps, body, state)."""
    drift, deviation = _step(YEARS / steps)

    def body(i, state):
        logarithm = state[0] + (drift + deviation * normal(i, samples))
        return logarithm, state[1] + np.exp(logarithm)

    zero = 0 * normal(steps, samples)
    state = zero, zero
    if loop is not None:
        state = loop(steps, body, state)
    else:
        for i in range(steps):
            state = body(i, state)
    return _value(state[1] * (PRICE / steps))


def _step(years):
    return (RATE - VOLATILITY**2 / 2) * years, VOLATILITY * math.sqrt(years)


def _value(end):
    gain = end - STRIKE
    return (gain * (gain > 0)).mean() * math.exp(-RATE * YEARS)
