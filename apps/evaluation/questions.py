"""What may be asked of the tables of runs. No Django."""

from dataclasses import dataclass

from apps.tables.confusions import NORMS

MAX_CLASSES = 100  # named one by one


@dataclass(frozen=True)
class TableQuestion:
    """key: of the tables, "" for the one that most runs have. step: None for the newest of each run."""

    key: str = ""
    step: int | None = None


@dataclass(frozen=True)
class ClassQuestion(TableQuestion):
    """metric: "" for the one that tells most. classes: these alone, in this order; only_worse: where any run is."""

    metric: str = ""
    classes: tuple[str, ...] = ()
    only_worse: bool = False


@dataclass(frozen=True)
class MatrixQuestion(TableQuestion):
    """difference: the others as what differs from the baseline. classes: these alone, in this order."""

    norm: str = NORMS[0]
    difference: bool = True
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CurveQuestion(TableQuestion):
    """curve: of KINDS, "" for the first there is. name: the class, "" for the worst."""

    curve: str = ""
    name: str = ""
