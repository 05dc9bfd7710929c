"""A custom panel: a document of Vega that somebody wrote, in one of its versions."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from apps.core import ids
from apps.core.errors import Invalid
from apps.custom_panels.access import readable_among
from apps.custom_panels.answers import data_answer
from apps.custom_panels.checking import good_document
from apps.custom_panels.data import PanelData, in_theme, panel_data
from apps.custom_panels.errors import PanelsBusy
from apps.custom_panels.limits import MAX_PARAMETERS, MAX_VALUE, MAX_VERSIONS
from apps.custom_panels.models import Panel, PanelVersion
from apps.custom_panels.pages import Card
from apps.custom_panels.parameters import parameters_of, values_of
from apps.custom_panels.pictures import panel_picture
from apps.custom_panels.queries import versions_among
from apps.rendering.documents import read_document
from apps.rendering.errors import CannotRender
from apps.rendering.look import Theme
from apps.reports.block_fields import BlockProblem, Fields
from apps.reports.canonical import sha256
from apps.reports.held_pieces import JSON, Pieces
from apps.reports.kinds.keeping import kept_pictures, patiently, picture_size
from apps.reports.kinds.kind import (
    PICTURE_HEIGHT,
    PICTURE_WIDTH,
    Asking,
    Bound,
    Content,
    Drawn,
    KeptPicture,
    Kind,
    NotDrawable,
)
from apps.runs.models import Project

Version = tuple[int, int]  # of a panel, by its id and number


@dataclass(frozen=True)
class CustomOptions:
    """version: None for the newest. parameters: values as they were typed. lines: of what was said, in the report."""

    panel_id: int
    version: int | None
    parameters: Mapping[str, str]
    lines: Mapping[str, int]


@dataclass(frozen=True)
class Custom(Content):
    """run_ids: of its block; None for those of the project, by the panel's own filters."""

    panel: Panel
    version: PanelVersion
    parameters: Mapping[str, str]
    project: Project
    run_ids: Sequence[int] | None

    template: ClassVar = "reports/kinds/custom.html"
    kept_template: ClassVar = "reports/kinds/_custom_source.html"

    @property
    def title(self) -> str:
        return self.panel.name

    @property
    def custom_panel(self) -> Panel:
        return self.panel

    @property
    def card(self) -> Card:
        """The panel as its element on a page shows it."""
        parameters = json.dumps(dict(self.parameters)) if self.parameters else ""
        return Card(self.panel.name, id=self.panel.slug, version=self.version.n, parameters=parameters)

    @property
    def runs(self) -> str:
        """Ids as the panel's element takes them."""
        return ",".join(map(ids.to_text, self.run_ids or ()))

    @property
    def view(self) -> Mapping[str, Any]:
        return {
            "panel": {
                "id": self.panel.slug,
                "name": self.panel.name,
                "version": self.version.n,
                "document": sha256(self._document),
            },
            "parameters": dict(self.parameters),
        }

    @property
    def _document(self) -> bytes:
        return self.version.document.encode()

    def kept(self, part: Drawn, pieces: Pieces, progress: Callable[[], object]) -> list[KeptPicture]:
        pieces.add(self._document, JSON)
        found = self._kept(part.block.height or PICTURE_HEIGHT, pieces)
        progress()
        return [found]

    def _kept(self, height: int, pieces: Pieces) -> KeptPicture:
        key = self.panel.name
        try:
            found: PanelData = patiently(self._read, PanelsBusy)
        except Invalid as error:
            return KeptPicture(key, {}, "", error.message)
        data = pieces.add_json(data_answer(found))

        def draw(theme: Theme) -> bytes:
            return panel_picture(in_theme(found, theme), width=PICTURE_WIDTH, height=height, theme=theme)

        try:
            pictures = kept_pictures(draw, pieces, own=False)
        except CannotRender as error:
            return KeptPicture(key, {}, data, error.message, run_ids=found.run_ids)
        width, height = picture_size(pieces, pictures["light"])
        alt = f"{self.panel.name}, a chart of {found.shown:,} runs."
        return KeptPicture(key, pictures, data, height=height, width=width, alt=alt, run_ids=found.run_ids)

    def _read(self) -> PanelData:
        document = good_document(self.version.document, self.parameters)
        return panel_data(self.project, document, self.parameters, self.run_ids)


@dataclass(frozen=True)
class Panels:
    """What all custom panels of a report share: those that their reader may see."""

    panels: Mapping[int, Panel]
    versions: Mapping[Version, PanelVersion]


class CustomKind(Kind[CustomOptions]):
    name = "custom"
    says = "A panel that you or your team wrote"
    example = "panel: 0123456789abc  # its id, or the address of its page"
    options = ("panel", "version", "parameters")
    head = "reports/kinds/_custom_head.html"
    needs_runs = False

    def read(self, fields: Fields) -> CustomOptions:
        if "panel" not in fields:
            message = "The block names no panel. Add “panel”, with its id or the address of its page."
            raise BlockProblem(message, fields.line(fields.root))
        given = fields.mapping("parameters")
        if len(given.entries) > MAX_PARAMETERS:
            message = f"A panel has at most {MAX_PARAMETERS} parameters; {len(given.entries)} came."
            raise BlockProblem(message, fields.line_of("parameters"))
        lines = {f"parameters.{name}": given.line_of(name) for name in given.entries}
        return CustomOptions(
            panel_id=fields.panel_id("panel"),
            version=fields.whole("version", 1, MAX_VERSIONS),
            parameters={name: given.text(name, most=MAX_VALUE) for name in given.entries},
            lines={name: fields.line_of(name) for name in ("panel", "version")} | lines,
        )

    def gathered(self, asking: Asking, blocks: Sequence[Bound]) -> Panels:
        """Two queries."""
        panels = readable_among(asking.user, {bound.options.panel_id for bound in blocks})
        wanted = {_version(panels[one.panel_id], one) for one in _options(blocks) if one.panel_id in panels}
        return Panels(panels, versions_among(wanted) if wanted else {})

    def content(self, asking: Asking, bound: Bound, number: int, gathered: Panels) -> Custom:
        options: CustomOptions = bound.options
        panel = gathered.panels.get(options.panel_id)
        if panel is None:
            message = f"There is no panel {ids.to_text(options.panel_id)} that you may read."
            raise NotDrawable(message, mistake=True, line=options.lines["panel"])
        version = gathered.versions.get(_version(panel, options))
        if version is None:
            message = f"The panel “{panel.name}” has no version {options.version}; its newest is {panel.version}."
            raise NotDrawable(message, mistake=True, line=options.lines["version"])
        _check(version, options)
        run_ids = [run.id for run in bound.runs] if bound.block.chosen else None
        return Custom(panel, version, options.parameters, asking.project, run_ids)


def _options(blocks: Sequence[Bound]) -> list[CustomOptions]:
    return [bound.options for bound in blocks]


def _version(panel: Panel, options: CustomOptions) -> Version:
    return panel.id, options.version or panel.version


def _check(version: PanelVersion, options: CustomOptions) -> None:
    """Raises NotDrawable at the line of a parameter that the panel does not take."""
    if not options.parameters:
        return
    declared, _ = parameters_of(read_document(version.document))
    try:
        values_of(declared, options.parameters)
    except Invalid as error:
        place, problem = next(iter(error.fields.items()))
        message = f"The parameter “{place.removeprefix('parameters.')}” {problem}."
        raise NotDrawable(message, mistake=True, line=options.lines.get(place)) from error
