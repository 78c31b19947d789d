"""
A table of numbers, categories and gaps
=======================================

Each kind of column goes its own way through a `ColumnTransformer`; the votes of the pipeline's
own columns then say what it looks at.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from bepsk import BEPMLPClassifier
from bepsk.encoders import ThermometerEncoder
from bepsk.inspection import feature_votes

rng = np.random.default_rng(0)
N = 1500
table = pd.DataFrame(
    {
        "age": rng.integers(18, 80, N).astype(float),
        "income": rng.lognormal(10, 0.6, N),
        "city": rng.choice(["Bern", "Graz", "Lyon", "Porto"], N),
        "shoe size": rng.normal(41, 2, N),
    }
)
buys = (table["income"] > 22_000) ^ (table["city"].isin(["Bern", "Lyon"]) & (table["age"] < 40))
table.loc[rng.uniform(size=N) < 0.1, "income"] = np.nan
train, test = table[:1000], table[1000:]

NUMBERS = ["age", "income", "shoe size"]
recipes = {
    "imputed, one-hot, projected": make_pipeline(
        make_column_transformer(
            (SimpleImputer(strategy="median", add_indicator=True), NUMBERS),
            (OneHotEncoder(), ["city"]),
        ),
        BEPMLPClassifier((128, 128), max_iter=30, random_state=0),
    ),
    "bits of each column": make_pipeline(
        make_column_transformer(
            (ThermometerEncoder(n_bits=32), NUMBERS),
            (OneHotEncoder(sparse_output=False), ["city"]),
        ),
        BEPMLPClassifier((128, 128), encoder="binary", max_iter=30, random_state=0),
    ),
}

fig, ax = plt.subplots(layout="constrained")
for place, (name, model) in enumerate(recipes.items()):
    model.fit(train, buys[:1000])
    print(f"{name:<28} {model.score(test, buys[1000:]):.3f}")
    votes = feature_votes(model, test[:20], train, random_state=0)
    ax.barh(np.arange(4) + 0.4 * place, np.abs(votes).mean(axis=0) / 10, height=0.4, label=name)
ax.set(yticks=np.arange(4) + 0.2, yticklabels=table.columns, xlabel="mean |votes|")
ax.legend()
plt.show()
