"""The paper's numbers: Colombo et al., ICLR 2026, arXiv:2512.04189v2."""

PROTOTYPES = {"2 x 35": 62, "2 x 75": 71, "2 x 135": 75, "2 x 255": 77, "2 x 525": 78}
"""BEP on Random Prototypes, two hidden layers; read off Fig. 2."""

FASHION = {"2 x 35": 82.6, "2 x 75": 84.2, "2 x 135": 84.9, "2 x 255": 85.5, "2 x 525": 85.8}
"""BEP on FashionMNIST, median bits, two hidden layers; read off a figure."""

SMNIST = {"28 steps, a row each": 93}
"""BEP on sequential MNIST, 1875 state neurons; read off Fig. 3."""

_UCR = {  # BEP, QAT without and with batch normalisation; Table 1
    "ItalyPowerDemand": (94.65, 83.18, 96.23),
    "SmoothSubspace": (89.00, 58.00, 90.33),
    "ERing": (82.44, 71.67, 79.11),
    "SonyAIBORobotSurface1": (75.68, 64.14, 80.68),
    "DistalPhalanxOutlineAgeGroup": (79.78, 73.84, 76.94),
    "ECGFiveDays": (81.79, 69.42, 95.25),
    "Earthquakes": (80.34, 79.83, 77.01),
    "GunPointAgeSpan": (86.18, 81.08, 84.11),
    "InsectEPGRegularTrain": (99.14, 94.64, 99.04),
    "JapaneseVowels": (95.47, 84.06, 96.25),
    "ProximalPhalanxOutlineAgeGroup": (82.64, 77.24, 82.20),
    "ProximalPhalanxOutlineCorrect": (78.26, 72.76, 75.68),
    "MelbournePedestrian": (73.03, 42.83, 90.91),
    "ECG5000": (91.40, 88.20, 92.71),
    "Wafer": (95.92, 95.25, 97.93),
    "FreezerSmallTrain": (78.16, 75.02, 85.60),
    "PenDigits": (97.13, 66.99, 99.00),
}
UCR = {
    column: {name: row[i] for name, row in _UCR.items()}
    for i, column in enumerate(("paper: BEP", "paper: QAT", "paper: QAT + BN"))
}
