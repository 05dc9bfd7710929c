"""What class tables, confusion matrices, curves and histograms have alike in reports."""

import csv
import io
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from apps.comparison.errors import MAX_COMPARED
from apps.core.answers import json_number
from apps.core.sheets import cell_text
from apps.evaluation.class_page import ShownCell
from apps.evaluation.drawings import drawing_picture
from apps.evaluation.found import Beside
from apps.evaluation.logged import Logged, NotLogged
from apps.evaluation.pictures import PICTURES, TablePicture
from apps.evaluation.questions import TableQuestion
from apps.rendering.errors import CannotRender
from apps.rendering.look import Theme
from apps.rendering.pictures import PictureSight
from apps.reports.block_fields import Fields
from apps.reports.held_pieces import CSV, Pieces
from apps.reports.kinds.keeping import kept_pictures, picture_size
from apps.reports.kinds.kind import PICTURE_WIDTH, Asking, Bound, Content, Drawn, KeptPicture, Kind, NotDrawable
from apps.runs.models import Run
from apps.tables.queries import Found
from apps.tables.standing import standing

MAX_ROWS = 100  # of a table that is listed
MOST_STEP = 2**53

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class TableOptions:
    """questions: a picture each, of one key and step. lines: where each option is in the report."""

    questions: tuple[Any, ...]
    lines: Mapping[str, int]


class NumberRow(NamedTuple):
    name: str
    beside: str
    cells: Sequence[ShownCell]


class Numbers(NamedTuple):
    """A table with a column a run. left_out: rows that are not listed."""

    caption: str
    rows: Sequence[NumberRow]
    left_out: int = 0


@dataclass(frozen=True)
class Evaluated(Content, Generic[Answer]):
    """answers: what was found, a picture each."""

    beside: Beside
    answers: Sequence[Answer]
    question: TableQuestion

    kind: ClassVar[str]  # of apps/evaluation/pictures.py
    template: ClassVar = "reports/kinds/evaluated.html"
    kept_template: ClassVar = "reports/kinds/_kept_numbers.html"
    drawing: ClassVar[str] = ""  # the template of what stands above the numbers on a live page

    @property
    def drawings(self) -> int:
        return len(self.answers)

    @property
    def picture(self) -> TablePicture:
        return PICTURES[self.kind]

    @property
    def columns(self) -> list[tuple[Run, int, bool]]:
        """The runs with their colours, and whether one is the baseline of others."""
        several = len(self.beside.runs) > 1
        return [(run, self.beside.slots[run.id], several and run == self.beside.base) for run in self.beside.runs]

    @property
    def numbers(self) -> list[Numbers]:
        return [one for answer in self.answers for one in self.numbers_of(answer)]

    @property
    def view(self) -> Mapping[str, Any]:
        key, tables = self.tables_of(self.answers[0])
        return {
            "key": key,
            "step": None if self.question.step is None else str(self.question.step),
            "baseline": self.beside.base.slug,
            "tables": {
                run.slug: standing(one.head)
                for run, one in zip(self.beside.runs, tables, strict=True)
                if one is not None
            },
        }

    def kept(self, part: Drawn, pieces: Pieces, progress: Callable[[], object]) -> list[KeptPicture]:
        found = []
        for answer in self.answers:
            found.append(self._kept(answer, part.block.height or self.picture.size[1], pieces))
            progress()
        return found

    def _kept(self, answer: Answer, height: int, pieces: Pieces) -> KeptPicture:
        name = self.name_of(answer)
        data = pieces.add_json({**self.document_of(answer), "table": _table(self.table_of(answer))})
        sheet = pieces.add(_sheet(self.rows_of(answer)), CSV)

        def draw(theme: Theme) -> bytes:
            sight = PictureSight(width=PICTURE_WIDTH, height=height, theme=theme)
            return drawing_picture(self.picture.draw(answer, self.beside, sight), sight)

        try:
            pictures = kept_pictures(draw, pieces)
        except CannotRender as error:
            return KeptPicture(name, {}, data, error.message, sheet=sheet)
        wide, high = picture_size(pieces, pictures["light"])
        alt = f"{name} of {len(self.beside.runs)} runs; its numbers are below."
        return KeptPicture(name, pictures, data, height=high, width=wide, alt=alt, sheet=sheet)

    @abstractmethod
    def tables_of(self, answer: Answer) -> tuple[str, Sequence[Found[Any] | None]]:
        """The key, and of each run its table."""

    @abstractmethod
    def name_of(self, answer: Answer) -> str:
        """What is shown, in words."""

    @abstractmethod
    def numbers_of(self, answer: Answer) -> list[Numbers]:
        """What stands below the picture."""

    @abstractmethod
    def document_of(self, answer: Answer) -> dict[str, Any]:
        """All that it is drawn from."""

    def table_of(self, answer: Answer) -> Iterable[Sequence[Any]]:
        """Rows, their head first, for who wants one table of it."""
        return self.rows_of(answer)

    @property
    def run_names(self) -> list[str]:
        """Of the runs, with the id of those that share a name."""
        names = [run.name for run in self.beside.runs]
        return [run.name if names.count(run.name) == 1 else f"{run.name} {run.slug}" for run in self.beside.runs]

    @abstractmethod
    def rows_of(self, answer: Answer) -> Iterable[Sequence[Any]]:
        """The same for a spreadsheet, its head first."""


class EvaluatedKind(Kind[TableOptions]):
    compares = True
    most_runs = MAX_COMPARED
    head = "reports/kinds/_evaluated_head.html"
    shown: ClassVar[type[Evaluated[Any]]]

    @property
    def picture(self) -> TablePicture:
        return PICTURES[self.name]

    def charts(self, options: TableOptions) -> int:
        return len(options.questions)

    def read(self, fields: Fields) -> TableOptions:
        key, step = fields.text("key"), fields.whole("step", 0, MOST_STEP)
        lines = {name: fields.line_of(name) for name in self.options if name in fields}
        return TableOptions(tuple(self.questions(fields, key, step)), lines)

    @abstractmethod
    def questions(self, fields: Fields, key: str, step: int | None) -> list[Any]:
        """A question for each picture. Raises BlockProblem."""

    def gathered(self, asking: Asking, blocks: Sequence[Bound]) -> Logged[Any]:
        """A query, and a few for each key and step that differ."""
        return Logged(self.picture.form, [run.id for bound in blocks for run in bound.runs])

    def content(self, asking: Asking, bound: Bound, number: int, gathered: Logged[Any]) -> Evaluated[Any]:
        options: TableOptions = bound.options
        beside = Beside(bound.runs, bound.baseline, asking.slots)
        try:
            answers = [self.picture.find(gathered, beside, one) for one in options.questions]
        except NotLogged as error:
            lines = [options.lines[name] for name in error.options if name in options.lines]
            raise NotDrawable(error.message, mistake=error.named, line=next(iter(lines), None)) from error
        return self.shown(beside, answers, options.questions[0])


def _table(rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Rows below their head, of what JSON can carry."""
    head, *others = rows
    cells = [[json_number(cell) if isinstance(cell, float) else cell for cell in row] for row in others]
    return {"head": list(head), "rows": cells}


def _sheet(rows: Iterable[Sequence[Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([cell_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return file.getvalue().encode()
