"""Tables of an evaluation as pictures: what is drawn of each kind, and how large where nobody says it.

To add a picture: docs/pictures.md.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from apps.evaluation.drawings import Drawing
from apps.evaluation.drawn_classes import class_drawing
from apps.evaluation.drawn_curves import curve_drawing
from apps.evaluation.drawn_histograms import histogram_drawing
from apps.evaluation.drawn_matrices import matrix_drawing
from apps.evaluation.found import Beside, found_classes, found_curves, found_histograms, found_matrices
from apps.evaluation.logged import Logged
from apps.rendering.pictures import PictureSight
from apps.tables.forms import CLASS_TABLES, CONFUSION, CURVES, HISTOGRAM, Form


class TablePicture(NamedTuple):
    """find: what is there, of a question. draw: its drawing. size: px of width and height."""

    form: Form[Any]
    find: Callable[[Logged[Any], Beside, Any], Any]
    draw: Callable[[Any, Beside, PictureSight], Drawing]
    size: tuple[int, int]


PICTURES: Mapping[str, TablePicture] = {
    "classes": TablePicture(CLASS_TABLES, found_classes, class_drawing, (640, 480)),
    "confusion": TablePicture(CONFUSION, found_matrices, matrix_drawing, (640, 640)),
    "curves": TablePicture(CURVES, found_curves, curve_drawing, (640, 400)),
    "histogram": TablePicture(HISTOGRAM, found_histograms, histogram_drawing, (640, 320)),
}
