import numpy as np
import pytest
from sklearn.datasets import load_digits

from bepsk.encoders import LocalPatchEncoder

DIGITS = load_digits().data


def patches(encoder):
    return encoder.components_.reshape(-1, *encoder.image_shape)


@pytest.mark.parametrize("shape", [(8, 8), (4, 16), (16, 4), (4, 4, 4), [8, 8], (64 // 2, 2, 1)])
def test_patches_are_squares_of_plus_and_minus_one(shape):
    encoder = LocalPatchEncoder(shape, 50, patch_size=(1, 2), random_state=0).fit(DIGITS)
    sides = set()
    for patch in patches(encoder):
        inside = patch.reshape(*shape[:2], -1) != 0
        rows, columns = inside.any(axis=(1, 2)).nonzero()[0], inside.any(axis=(0, 2)).nonzero()[0]
        assert len(rows) == np.ptp(rows) + 1 == len(columns) == np.ptp(columns) + 1
        assert inside[np.ix_(rows, columns)].all()
        sides.add(len(rows))
    assert sides == {1, 2}
    assert set(np.unique(encoder.components_)) == {-1, 0, 1}


def test_patches_reach_every_pixel():
    encoder = LocalPatchEncoder((8, 8), 200, patch_size=(3, 5), random_state=0).fit(DIGITS)
    assert (patches(encoder) != 0).any(axis=0).all()


def test_bits_are_balanced_on_the_training_data():
    encoder = LocalPatchEncoder((8, 8), 300, patch_size=(4, 8), random_state=0)
    share = encoder.fit_transform(DIGITS[:1500]).mean(axis=0)
    assert abs(share.mean() - 0.5) < 0.02
    assert abs(share - 0.5).max() < 0.1


def test_the_bits_compare_integer_sums():
    encoder = LocalPatchEncoder((8, 8), 65, patch_size=(2, 5), random_state=0).fit(DIGITS)
    q = np.rint((DIGITS - encoder.offset_) * encoder.scale_).astype(int)
    assert (q.min(), q.max()) == (0, 255)
    sums = q @ encoder.components_.T.astype(int)
    np.testing.assert_array_equal(encoder.transform(DIGITS), sums > encoder.thresholds_[:, 1])


def test_brighter_pixels_than_in_training_are_taken():
    encoder = LocalPatchEncoder((8, 8), 65, patch_size=(2, 5), random_state=0).fit(DIGITS)
    bits = encoder.transform(np.stack([np.full(64, 1e9), np.full(64, -1e9)]))
    assert (bits[0] != bits[1]).any()


def test_a_uniform_image_set_is_taken():
    encoder = LocalPatchEncoder((2, 2), 4, patch_size=(1, 2), random_state=0)
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
        ({"patch_size": (0, 3)}, "patch_size"),
        ({"patch_size": (4, 3)}, "patch_size"),
        ({"patch_size": (5, 12)}, "patch_size"),
        ({"patch_size": (3,)}, "patch_size"),
        ({"patch_size": (1.5, 3)}, "patch_size"),
        ({"patch_size": 3}, "patch_size"),
        ({"n_components": 0}, "n_components"),
        ({"random_state": "x"}, "random_state"),
    ],
)
def test_an_error_names_the_bad_parameter(parameters, name):
    parameters = {"image_shape": (8, 8), "patch_size": (2, 3), "n_components": 5} | parameters
    with pytest.raises(ValueError, match=name):
        LocalPatchEncoder(**parameters).fit(DIGITS)


def test_missing_values_are_an_error():
    with pytest.raises(ValueError, match="NaN"):
        LocalPatchEncoder((1, 2), 3, patch_size=(1, 1)).fit([[np.nan, 1.0]])


def test_names_number_the_bits():
    encoder = LocalPatchEncoder((8, 8), 2, patch_size=(2, 5), random_state=0).fit(DIGITS)
    names = encoder.get_feature_names_out()
    assert names.tolist() == ["localpatchencoder0", "localpatchencoder1"]
