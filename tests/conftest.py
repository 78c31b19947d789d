def pytest_configure(config):
    # scikit-learn 1.7 hands its estimator checks to pytest as a generator.
    config.addinivalue_line(
        "filterwarnings", "ignore:Passing a non-Collection iterable to parametrize"
    )
