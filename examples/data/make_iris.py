#!/usr/bin/env python3
"""Write iris.npy and iris.csv from scikit-learn's copy of the data: /usr/bin/python3 make_iris.py"""

import os

import numpy as np
from sklearn.datasets import load_iris

os.chdir(os.path.dirname(os.path.abspath(__file__)))
iris = load_iris()
np.save("iris.npy", iris.data)
with open("iris.csv", "w", newline="\n") as f:
    f.write("sepal_length,sepal_width,petal_length,petal_width,species\n")
    for row, species in zip(iris.data.tolist(), iris.target):
        f.write(",".join(map(repr, row)) + f",{iris.target_names[species]}\n")
