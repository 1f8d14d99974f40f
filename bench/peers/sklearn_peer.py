"""scikit-learn: distances by matrix products."""
from peer import need, np, serve, uniform, work

sklearn = need("sklearn")
pairwise = need("sklearn.metrics.pairwise")
argmin = need("sklearn.metrics").pairwise_distances_argmin


def rows(m, n, k, dtype):
    return uniform("x", (m, k), dtype), uniform("y", (n, k), dtype)


@work("cdist_euclidean", "cdist_cityblock", "cdist_cosine")
def pairs(kind, m, n, k, dtype):
    x, y = rows(m, n, k, dtype)
    f = {"euclidean": pairwise.euclidean_distances, "cityblock": pairwise.manhattan_distances, "cosine": pairwise.cosine_distances}[kind[6:]]
    return lambda: f(x, y)


@work("nearest_euclidean", "nearest_cityblock")
def nearest(kind, m, n, k, dtype):
    x, y = rows(m, n, k, dtype)
    metric = {"euclidean": "euclidean", "cityblock": "manhattan"}[kind[8:]]
    return lambda: argmin(x, y, metric=metric)


serve(f"scikit-learn {sklearn.__version__}")
