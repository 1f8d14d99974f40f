"""What the peers in Python share: inputs, and the conversation with quern bench.

A peer is started with the number of its threads, or the ordinal of the GPU, and the workloads with their types, such as
sgemm/1024:float32. It answers on standard output with one line of JSON: which of them it does, some in several ways.
Then it reads commands, one a line, and answers each with a line of JSON:

    time 3 100      runs the fourth 100 times: {"seconds": …} for all of them
    values 3        some elements of its last result: {"values": […]}, null if there is nothing to compare; a null
                    among them is infinite or not a number

Inputs of those on a CPU are Quern's, bit for bit: SplitMix64 from a seed that follows from the array's name. The clock runs here, so that
the conversation costs nothing. Try one: echo time 0 10 | python3 bench/peers/numpy_peer.py 1 sgemm/1024:float32
"""
import importlib
import inspect
import json
import sys
import time

_arrays = {}
_makers = {}


def need(module, use=None):
    """Imports a module and calls use with it, or says that it is missing and ends."""
    try:
        found = importlib.import_module(module)
        if use is not None:
            use(found)
        return found
    except Exception as e:  # a broken installation raises anything
        print(json.dumps({"missing": f"{type(e).__name__}: {e}"}), flush=True)
        sys.exit(0)


np = need("numpy")


def _seed(name):
    seed = 1
    for c in name.encode():
        seed = (seed * 31 + c) % 2**64
    return seed


def kept(name, shape, dtype, make):
    """The array of a name and type, which make(n) makes of n elements. Arrays of one name share memory."""
    n = int(np.prod(shape))
    key = (name, np.dtype(dtype))
    if key not in _arrays or len(_arrays[key]) < n:
        _arrays[key] = make(n)
    return _arrays[key][:n].reshape(shape)


def uniform(name, shape, dtype=np.float32, lo=0, hi=0):
    """The array of a name, uniform in [lo, hi), or in [0, 1) if both are 0."""

    def make(n):
        x = np.empty(n, dtype)
        with np.errstate(over="ignore"):
            for at in range(0, n, 1 << 18):
                part = np.arange(at + 1, min(at + (1 << 18), n) + 1, dtype=np.uint64)
                z = part * np.uint64(0x9E3779B97F4A7C15) + np.uint64(_seed(name))
                z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                u = (z >> np.uint64(40)).astype(dtype) * dtype(2**-24)
                x[at : at + u.size] = u if lo == hi else dtype(lo) + u * dtype(hi - lo)
        return x

    return kept(name, shape, dtype, make)


def empty(shape, dtype=np.float32):
    """The array for results, its memory in place."""
    return kept("", shape, dtype, lambda n: np.ones(n, dtype))


def work(*kinds):
    """Marks a function that makes the workloads of some kinds. It takes the kind, the lengths and, if it has such a
    parameter, the dtype. It returns a function that runs one, or a dictionary of several by what sets them apart, or None.
    What that function returns is the result."""

    def register(maker):
        for kind in kinds:
            _makers[kind] = maker
        return maker

    return register


def _make(name, dtype):
    kind, _, size = name.partition("/")
    maker = _makers.get(kind)
    if maker is None:
        return {}
    try:
        lengths = [int(float(n)) for n in size.split("x")]
    except ValueError:
        return {}
    parameters = inspect.signature(maker).parameters
    typed = {"dtype": getattr(np, dtype)} if "dtype" in parameters else {}
    wanted = len(parameters) - 1 - len(typed)
    if len(lengths) == 1:
        lengths *= wanted
    try:
        runs = maker(kind, *lengths, **typed) if len(lengths) == wanted else None
    except Exception as e:  # too little memory, no such function: the other workloads go on
        runs = _failing(e)
    if runs is None:
        return {}
    return runs if isinstance(runs, dict) else {"": runs}


def _failing(e):
    """A run that says why it cannot be."""

    def run():
        raise e

    return run


def _some(result):
    """Seven elements, spread evenly from the first to the last, as Quern takes them."""
    if result is None:
        return None
    x = np.asarray(result).ravel()
    count = min(x.size, 7)
    values = [float(x[i * (x.size - 1) // max(count - 1, 1)]) for i in range(count)]
    return [v if np.isfinite(v) else None for v in values]


def waiting(run, wait):
    """Runs, and waits until the device has computed the result, which stays there."""

    def finish():
        wait(run())

    return finish


def serve(peer, wait=None):
    """Answers commands. wait, if not None, is called with each result of a run, which then is not done before."""
    names = sys.argv[2:]
    works, runs, results = [], [], []
    for name, dtype in (n.split(":") for n in names):
        for variant, run in _make(name, dtype).items():
            works.append({"workload": name, "peer": f"{peer}, {variant}" if variant else peer})
            runs.append(run if wait is None else waiting(run, wait))
            results.append(None)
    print(json.dumps({"works": works}), flush=True)
    for line in sys.stdin:
        command, at, *more = line.split()
        at = int(at)
        try:
            if command == "time":
                run, count = runs[at], int(more[0])
                start = time.perf_counter()
                for _ in range(count):
                    result = run()
                answer = {"seconds": time.perf_counter() - start}
                results[at] = result
            else:
                # Once more: others have written to the array for results since.
                answer = {"values": None if results[at] is None else _some(runs[at]())}
        except Exception as e:
            answer = {"error": f"{type(e).__name__}: {e}"[:300]}
        print(json.dumps(answer), flush=True)
