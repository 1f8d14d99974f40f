"""SciPy: distances. It has no float32 of its own and uses one thread."""
from peer import need, np, serve, uniform, work

scipy = need("scipy")
cdist = need("scipy.spatial.distance").cdist

METRICS = """braycurtis canberra chebyshev cityblock correlation cosine dice euclidean hamming jaccard jensenshannon
kulczynski1 matching rogerstanimoto russellrao sokalmichener sokalsneath sqeuclidean yule""".split()


def distance(name, m, n, k, dtype):
    """cdist by a metric of Quern's name, on the rows that Quern has; None if SciPy has no such metric."""
    x, y = uniform("x", (m, k), dtype), uniform("y", (n, k), dtype)
    if name.startswith("minkowski"):
        p = float(name[len("minkowski") :])
        return lambda: cdist(x, y, "minkowski", p=p)
    if name not in METRICS:
        return None
    return lambda: cdist(x, y, name)


def pairs(kind, m, n, k, dtype):
    return distance(kind.partition("_")[2], m, n, k, dtype)


def nearest(kind, m, n, k, dtype):
    run = distance(kind.partition("_")[2], m, n, k, dtype)
    return run and (lambda: run().argmin(axis=1))


@work("bootstrap_mean")
def bootstrap_mean(kind, n, resamples):
    stats = need("scipy.stats")
    data = uniform("data", n, np.float64)

    def run():
        stats.bootstrap((data,), np.mean, n_resamples=resamples, method="percentile", batch=100)

    return run


for metric in METRICS + ["minkowski3"]:
    work("cdist_" + metric)(pairs)
    work("nearest_" + metric)(nearest)

serve(f"SciPy {scipy.__version__}")
