"""Three encoders on images: local patches, all pixels at once, each pixel alone."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from bepsk import BEPMLPClassifier
from bepsk.encoders import LocalPatchEncoder, RandomProjectionEncoder, ThermometerEncoder

N_BITS = 1024

ENCODERS = {
    "local patches": LocalPatchEncoder((8, 8), N_BITS, patch_size=(3, 6)),
    "projection": RandomProjectionEncoder(N_BITS),
    "thermometer": ThermometerEncoder(n_bits=N_BITS // 64),
}


def main():
    """Train the same network behind each encoder."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    print(f"{'encoder':<15}{'bits':>5}{'ones':>7}{'accuracy':>10}")
    for name, encoder in ENCODERS.items():
        clf = BEPMLPClassifier((256, 256), encoder=encoder, random_state=0).fit(X_train, y_train)
        bits = clf.encoder_.transform(X_train)
        accuracy = clf.score(X_test, y_test)
        print(f"{name:<15}{bits.shape[1]:5d}{bits.mean():7.2f}{accuracy:10.3f}")


if __name__ == "__main__":
    main()
