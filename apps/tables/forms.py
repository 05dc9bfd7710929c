"""What the store, the API and archives have to know of each kind of table. A new kind is a line here. No Django."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from apps.tables import codec, curve_codec, histogram_codec, matrix_codec
from apps.tables.bodies import read_table
from apps.tables.body_parts import Sent
from apps.tables.class_tables import ClassTable
from apps.tables.curve_bodies import read_curves
from apps.tables.curves import Curves
from apps.tables.documents import class_table_document, curves_document, histogram_document, matrix_places
from apps.tables.histogram_bodies import read_histogram
from apps.tables.histograms import Histogram
from apps.tables.matrices import Matrix
from apps.tables.matrix_bodies import read_matrix
from apps.tables.models import Kind

Content = TypeVar("Content")


@dataclass(frozen=True)
class Form(Generic[Content]):
    """A kind of table. named, plural: what people call them.

    encode, decode: to a blob and back. rows: how many one has, for lists. document: as JSON that read takes.
    """

    kind: Kind
    named: str
    plural: str
    encode: Callable[[Content], bytes]
    decode: Callable[[bytes], Content]
    rows: Callable[[Content], int]
    document: Callable[[Content], dict[str, Any]]
    read: Callable[[Any], Sent[Content]]


CLASS_TABLES: Form[ClassTable] = Form(
    Kind.CLASS,
    "class table",
    "class tables",
    codec.encode,
    codec.decode,
    lambda table: len(table.classes),
    class_table_document,
    read_table,
)
CONFUSION: Form[Matrix] = Form(
    Kind.CONFUSION,
    "confusion matrix",
    "confusion matrices",
    matrix_codec.encode,
    matrix_codec.decode,
    lambda matrix: len(matrix.classes),
    matrix_places,
    read_matrix,
)
CURVES: Form[Curves] = Form(
    Kind.CURVES,
    "set of curves",
    "sets of curves",
    curve_codec.encode,
    curve_codec.decode,
    lambda curves: len(curves.classes),
    curves_document,
    read_curves,
)
HISTOGRAM: Form[Histogram] = Form(
    Kind.HISTOGRAM,
    "histogram",
    "histograms",
    histogram_codec.encode,
    histogram_codec.decode,
    lambda histogram: len(histogram.counts),
    histogram_document,
    read_histogram,
)
FORMS: dict[str, Form[Any]] = {str(form.kind): form for form in (CLASS_TABLES, CONFUSION, CURVES, HISTOGRAM)}
