import numpy as np
import pytest
import reference
from common import THREADS
from sklearn.datasets import load_digits

from bepsk import BEPMLPClassifier
from bepsk.encoders import LocalPatchEncoder

DIGITS = load_digits().data


def shape_of(encoder):
    return (*encoder.image_shape, 1)[:3]


@pytest.mark.parametrize("shape", [(8, 8), (4, 16), (16, 4), (4, 4, 4), [8, 8], (64 // 2, 2, 1)])
def test_patches_are_squares_inside_the_image(shape):
    encoder = LocalPatchEncoder(
        shape, 80, patch_size=(2, 3), window_size=(1, 3), random_state=0
    ).fit(DIGITS)
    height, width, channels = shape_of(encoder)
    for patch, (top, left, window) in zip(encoder.components_, encoder.places_, strict=True):
        side = len(patch)
        assert patch.shape == (side, side, channels)
        assert 0 <= top <= top + window - 1 + side <= height
        assert 0 <= left <= left + window - 1 + side <= width
    assert {len(patch) for patch in encoder.components_} == {2, min(3, height, width)}
    assert set(encoder.places_[:, 2]) == set(range(1, min(3, height, width) + (width > 2)))


def test_a_patch_is_cut_out_of_a_training_image_less_its_mean():
    images = DIGITS[:20].reshape(-1, 8, 8)
    encoder = LocalPatchEncoder((8, 8), 10, patch_size=(3, 3), random_state=0).fit(DIGITS[:20])
    squares = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2)).reshape(-1, 9)
    centred = squares - squares.mean(axis=1, keepdims=True)
    for patch in encoder.components_:
        with np.errstate(invalid="ignore"):
            likeness = np.corrcoef(patch.ravel(), centred)[0, 1:]
        assert np.nanmax(likeness) > 0.999
        assert np.abs(patch).max() == 127


def test_windows_reach_every_pixel():
    encoder = LocalPatchEncoder((8, 8), 200, patch_size=(3, 5), random_state=0).fit(DIGITS)
    seen = np.zeros((8, 8), dtype=bool)
    for patch, (top, left, window) in zip(encoder.components_, encoder.places_, strict=True):
        reach = len(patch) + window - 1
        seen[top : top + reach, left : left + reach] = True
    assert seen.all()


def test_bits_are_balanced_on_the_training_data():
    encoder = LocalPatchEncoder((8, 8), 300, patch_size=(4, 8), random_state=0)
    share = encoder.fit_transform(DIGITS[:1500]).mean(axis=0)
    assert abs(share.mean() - 0.5) < 0.02
    assert abs(share - 0.5).max() < 0.1


@pytest.mark.parametrize("shape", [(8, 8), (16, 4), (4, 4, 4)])
@pytest.mark.parametrize("n_threads", THREADS)
def test_the_bits_compare_the_largest_correlations(shape, n_threads):
    encoder = LocalPatchEncoder(
        shape, 65, patch_size=(2, 4), window_size=(1, 3), random_state=0
    ).fit(DIGITS)
    X = DIGITS[:37]
    levels = np.rint((X - encoder.offset_) * encoder.scale_).astype(int)
    assert (levels.min(), levels.max()) == (0, 255)
    best = [
        [
            reference.best_correlation(image, patch, *place)
            for patch, place in zip(encoder.components_, encoder.places_, strict=True)
        ]
        for image in levels.reshape(-1, *shape_of(encoder))
    ]
    expected = reference.pack(np.array(best) > encoder.thresholds_)
    np.testing.assert_array_equal(encoder.transform_packed(X, n_threads), expected)


def test_many_rows_are_encoded_as_one_by_one():
    encoder = LocalPatchEncoder((8, 8), 10, patch_size=(2, 5), random_state=0).fit(DIGITS)
    encoder.image_shape = (4, 16)  # too late to matter
    rows = [encoder.transform(DIGITS[i : i + 1]) for i in range(300)]
    np.testing.assert_array_equal(encoder.transform(DIGITS[:300]), np.concatenate(rows))


def test_brighter_pixels_than_in_training_are_taken():
    encoder = LocalPatchEncoder((8, 8), 65, patch_size=(2, 5), random_state=0).fit(DIGITS)
    bits = encoder.transform(np.stack([DIGITS[0] >= 8, (DIGITS[0] >= 8) * 1e300]) * 16)
    np.testing.assert_array_equal(bits[0], bits[1])


def test_a_uniform_image_set_is_taken():
    encoder = LocalPatchEncoder((2, 2), 4, patch_size=(2, 2), random_state=0)
    assert not encoder.fit_transform(np.full((5, 4), 3.0)).any()


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"image_shape": (8, 9)}, "image_shape"),
        ({"image_shape": (64,)}, "image_shape"),
        ({"image_shape": (2, 2, 4, 4)}, "image_shape"),
        ({"image_shape": (-8, -8)}, "image_shape"),
        ({"image_shape": (8.0, 8.0)}, "image_shape"),
        ({"image_shape": 8}, "image_shape"),
        ({"patch_size": (1, 3)}, "patch_size"),
        ({"patch_size": (4, 3)}, "patch_size"),
        ({"patch_size": (9, 12)}, "patch_size"),
        ({"patch_size": (3,)}, "patch_size"),
        ({"patch_size": (1.5, 3)}, "patch_size"),
        ({"patch_size": 3}, "patch_size"),
        ({"window_size": (0, 3)}, "window_size"),
        ({"window_size": (4, 3)}, "window_size"),
        ({"window_size": 3}, "window_size"),
        ({"n_components": 0}, "n_components"),
        ({"random_state": "x"}, "random_state"),
    ],
)
def test_an_error_names_the_bad_parameter(parameters, name):
    parameters = {"image_shape": (8, 8), "patch_size": (2, 3), "n_components": 5} | parameters
    with pytest.raises(ValueError, match=name):
        LocalPatchEncoder(**parameters).fit(DIGITS)


def test_sizes_are_cut_down_to_the_image():
    encoder = LocalPatchEncoder((8, 8), 50, patch_size=(3, 20), window_size=(1, 20), random_state=0)
    encoder.fit(DIGITS)
    assert max(len(patch) for patch in encoder.components_) == 8


def test_sums_that_may_overflow_are_refused():
    with pytest.raises(ValueError, match=r"patch_size.*32 bits"):
        LocalPatchEncoder((300, 300), 1, patch_size=(3, 300)).fit(np.zeros((1, 90000)))


def test_missing_values_are_an_error():
    with pytest.raises(ValueError, match="NaN"):
        LocalPatchEncoder((2, 2), 3, patch_size=(2, 2)).fit([[np.nan, 1.0, 2.0, 3.0]])


def test_names_number_the_bits():
    encoder = LocalPatchEncoder((8, 8), 2, patch_size=(2, 5), random_state=0).fit(DIGITS)
    names = encoder.get_feature_names_out()
    assert names.tolist() == ["localpatchencoder0", "localpatchencoder1"]


def test_a_classifier_learns_digits_from_patches():
    X, y = load_digits(return_X_y=True)
    encoder = LocalPatchEncoder((8, 8), 512, patch_size=(3, 5), window_size=(1, 3))
    clf = BEPMLPClassifier((64, 64), encoder=encoder, max_iter=25, random_state=0)
    assert clf.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.9


@pytest.mark.parametrize("shape", [(8, 8), (4, 4, 4), (8, 8, 1)])
def test_images_may_come_as_they_are(shape):
    encoder = LocalPatchEncoder(shape, 65, patch_size=(2, 3), random_state=0)
    expected = encoder.fit_transform(DIGITS)
    forms = [DIGITS.reshape(-1, *shape), list(DIGITS.reshape(-1, *shape))]
    if shape[2:] != (4,):
        forms += [DIGITS.reshape(-1, 8, 8), DIGITS.reshape(-1, 8, 8, 1)]
    for images in forms:
        np.testing.assert_array_equal(encoder.transform(images), expected)
        np.testing.assert_array_equal(encoder.fit_transform(images), expected)
        assert encoder.n_features_in_ == 64
    np.testing.assert_array_equal(encoder.transform(images[:1]), expected[:1])


@pytest.mark.parametrize("shape", [(16, 4), (8, 8, 2), (8, 4, 2), (2, 4, 8, 1)])
def test_images_of_another_shape_are_an_error(shape):
    X = np.zeros((5, *shape))
    for use in (
        LocalPatchEncoder((8, 8), 5).fit,
        LocalPatchEncoder((8, 8), 5).fit(DIGITS).transform,
    ):
        with pytest.raises(
            ValueError, match=r"images of image_shape=\(8, 8.*got an array of shape"
        ):
            use(X)


def test_a_classifier_takes_images_as_they_are():
    images, y = DIGITS.reshape(-1, 8, 8)[:200], load_digits().target[:200]
    encoder = LocalPatchEncoder((8, 8), 256, patch_size=(2, 5))
    clf = BEPMLPClassifier((32,), encoder=encoder, max_iter=3, early_stopping=True, random_state=0)
    flat = clf.fit(DIGITS[:200], y).decision_function(DIGITS)
    clf.fit(images, y)
    np.testing.assert_array_equal(clf.decision_function(DIGITS.reshape(-1, 8, 8, 1)), flat)
    np.testing.assert_array_equal(clf.predict(images[:1]), clf.predict(DIGITS[:1]))
    assert clf.n_features_in_ == 64
    assert clf.partial_fit(images, y).score(images, y) > 0.5
    clf.fit(images[:150], y[:150], X_val=images[150:], y_val=y[150:])
    with pytest.raises(ValueError, match="image_shape"):
        clf.fit(images[:, :7], y)


def test_ragged_lists_are_refused_as_x():
    with pytest.raises(ValueError, match="X: setting an array element"):
        LocalPatchEncoder((2, 2)).fit([[[1, 2], [3, 4]], [[1], [2, 3]]])
    with pytest.raises(ValueError, match="X: setting an array element"):
        LocalPatchEncoder((2, 2)).fit([[[1], [3, 4]], [[1], [2, 3]]])
