"""What training code logs, as numbers."""

import argparse
import dataclasses
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paceline.scalars import NotANumber, flattened, key_problem, to_json, to_mapping, to_number, to_step


class Tensor:
    """Behaves like a Torch or JAX scalar: item() only."""

    def __init__(self, *values: Any) -> None:
        self.values = values

    def item(self) -> Any:
        if len(self.values) != 1:
            raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")
        return self.values[0]


class EagerTensor:
    """Behaves like a TensorFlow scalar: numpy() only."""

    def numpy(self) -> Any:
        return np.float32(0.5)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (True, 1.0),
        (0.25, 0.25),
        (np.float32(0.5), 0.5),
        (np.float64(0.5), 0.5),
        (np.int64(7), 7.0),
        (np.bool_(True), 1.0),
        (np.array(3), 3.0),
        (np.array([[2.5]]), 2.5),
        (Tensor(0.125), 0.125),
        (Tensor(True), 1.0),
        (EagerTensor(), 0.5),
        (Decimal("1.5"), 1.5),
        (-math.inf, -math.inf),
    ],
)
def test_scalars_of_every_framework_become_floats(value: Any, number: float) -> None:
    assert to_number(value) == number
    assert type(to_number(value)) is float


def test_nan_goes_through() -> None:
    assert math.isnan(to_number(np.float32("nan")))


@pytest.mark.parametrize(
    "value", [None, "0.5", b"1", [1.0], Tensor(1, 2), np.array([1, 2]), 1j, Tensor(1j), {}, 10**400]
)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(NotANumber):
        to_number(value)


@pytest.mark.parametrize(
    ("step", "number"), [(3, 3), (3.0, 3), (np.int64(2**60 + 1), 2**60 + 1), (Tensor(5), 5), (-(2**63), -(2**63))]
)
def test_steps_are_exact_integers(step: Any, number: int) -> None:
    assert to_step(step) == number


@pytest.mark.parametrize("step", [0.5, 2**63, math.nan, math.inf, "1", None])
def test_what_is_no_step_is_refused(step: Any) -> None:
    with pytest.raises(NotANumber):
        to_step(step)


def test_nested_mappings_are_joined_with_slashes() -> None:
    assert list(flattened({"a": 1, "val": {"loss": 2, "recall": {0: 3}}})) == [
        ("a", 1),
        ("val/loss", 2),
        ("val/recall/0", 3),
    ]


def test_keys_have_1_to_250_characters_of_any_plane() -> None:
    assert not key_problem("\N{SNOWMAN}" * 250)
    assert not key_problem("\U0001f600/loss. a")
    assert key_problem("")
    assert key_problem("x" * 251)
    assert key_problem("\ud800")


@dataclasses.dataclass
class Layers:
    width: int = 8
    where: Path = Path("/data")


def test_configs_of_every_kind_become_json() -> None:
    assert to_mapping(argparse.Namespace(lr=0.1)) == {"lr": 0.1}
    assert to_json(to_mapping(Layers())) == {"width": 8, "where": "/data"}
    config = {1: (1, 2), "set": {3}, "nan": math.nan, "layers": Layers(), "scalar": np.float32(0.5), "big": 2**70}
    assert to_json(config) == {
        "1": [1, 2],
        "set": [3],
        "nan": "nan",
        "layers": {"width": 8, "where": "/data"},
        "scalar": 0.5,
        "big": str(2**70),
    }
    with pytest.raises(TypeError):
        to_mapping([1])


def test_a_config_that_holds_itself_ends() -> None:
    config: dict[str, Any] = {}
    config["self"] = config
    assert to_json(config)


@given(
    st.recursive(st.none() | st.floats() | st.text() | st.binary(), lambda inner: st.lists(inner) | st.tuples(inner))
)
def test_any_config_value_can_be_encoded(value: Any) -> None:
    json.dumps(to_json(value), allow_nan=False).encode()
