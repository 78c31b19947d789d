"""Cython kernels: pure functions over typed memoryviews that fill what the caller allocates."""
