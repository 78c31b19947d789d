"""Measurements of accuracy and speed; never imported by the package or its tests."""
