"""The tables of the paper, reproduced: `python -m benchmarks.paper TABLE`."""
