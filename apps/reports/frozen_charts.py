"""The charts of a panel as a snapshot keeps them: the drawn data, and a picture in each theme."""

import time
from dataclasses import dataclass
from typing import Any

from apps.history.charts import Answer, Question, answers
from apps.panels.pictures import Sight, series_picture, usual_draw, usual_px
from apps.panels.wire import json_answer_body
from apps.rendering.errors import CannotRender, PicturesBusy
from apps.rendering.look import LOOKS
from apps.reports.evidence import Drawn, Values
from apps.reports.held_pieces import SVG, Pieces

WIDTH, HEIGHT = 600, 300  # px
BUSY_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)  # waited for others' pictures


@dataclass(frozen=True)
class FrozenChart:
    """One chart. pictures: the SHA-256 of an SVG by theme, none with a problem; data: of its drawn columns."""

    key: str
    pictures: dict[str, str]
    data: str
    problem: str = ""
    height: int = HEIGHT
    runs: int = 0

    @property
    def facts(self) -> dict[str, Any]:
        return {"key": self.key, "pictures": self.pictures, "data": self.data, "problem": self.problem}


def frozen_chart(part: Drawn, values: Values, pieces: Pieces) -> FrozenChart:
    """A chart of a panel as a page would draw it now. Raises PicturesBusy, SnapshotTooLarge."""
    view = part.board.data["view"]
    run_ids = tuple(run.id for run in part.runs)
    question = Question(run_ids, values.key, x=view["x"], draw=usual_draw(len(run_ids), view["x"]))
    question = Question(run_ids, values.key, x=question.x, draw=question.draw, px=usual_px(question, WIDTH))
    (answer,) = answers([question])
    data = pieces.add_json(json_answer_body(answer))
    height = part.height or HEIGHT
    try:
        pictures: dict[str, str] = {
            theme: pieces.add(
                _picture(answer, part, Sight(width=WIDTH, height=height, theme=theme, log=view["y"] == "log")), SVG
            )
            for theme in LOOKS
        }
    except CannotRender as error:
        return FrozenChart(values.key, {}, data, error.message, height, len(run_ids))
    return FrozenChart(values.key, pictures, data, "", height, len(run_ids))


def _picture(answer: Answer, part: Drawn, sight: Sight) -> bytes:
    names = {run.id: run.name for run in part.runs}
    for seconds in BUSY_SECONDS:
        try:
            return series_picture(answer, names, sight, part.board.slots)
        except PicturesBusy:
            time.sleep(seconds)
    return series_picture(answer, names, sight, part.board.slots)
