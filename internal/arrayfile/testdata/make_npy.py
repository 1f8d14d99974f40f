#!/usr/bin/env python3
"""Make the .npy files of this directory with NumPy: /usr/bin/python3 make_npy.py

Every array has the values -3, -2, -1, ... in index order (0, 1, 2, ... for unsigned types; 0 and 1
alternately for bool), halved for the floating-point types. Made with NumPy 1.24.2.
"""

import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def values(dtype, shape):
    n = np.arange(np.prod(shape, dtype=int))
    kind = np.dtype(dtype).kind
    if kind == "f":
        n = (n - 3) / 2
    elif kind == "i":
        n = n - 3
    elif kind == "b":
        n = n % 2
    return n.astype(dtype).reshape(shape)


def save(name, a, version=None):
    with open(name + ".npy", "wb") as f:
        np.lib.format.write_array(f, a, version=version)


for code in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
    save("little_" + code, values("<" + code, (3, 4)))
    save("big_" + code, values(">" + code, (3, 4)))
save("bool", values("?", (3, 4)))
save("fortran_2d", np.asfortranarray(values("f8", (9, 17))))
save("fortran_3d_f4", np.asfortranarray(values("f4", (5, 3, 11))))
save("fortran_4d_i2", np.asfortranarray(values("<i2", (2, 3, 1, 5))))
save("scalar", values("f8", ()))
save("vector", values("f8", (7,)))
save("empty", values("f8", (0, 3)))
save("version2", values("f8", (3, 4)), (2, 0))
save("version3", values("f8", (3, 4)), (3, 0))
save("complex", np.zeros(3, "c16"))
save("object", np.array([1, "a"], object))
save("text", np.array(["a", "bc"]))
save("records", np.zeros(2, [("x", "f8"), ("y", "i4")]))
save("times", np.zeros(2, "M8[s]"))
