"""Exported models on emulated microcontrollers: python -m benchmarks.device."""
