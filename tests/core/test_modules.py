"""Scripts that a page names with all they import."""

from apps.core.templatetags.modules import modules_of, preloaded
from apps.panels import assets


def test_a_script_comes_with_all_it_imports_each_once():
    found = modules_of("panels/panel-board.js")
    assert found[0] == "panels/panel-board.js"
    assert {"panels/panel-chart.js", "panels/geometry.js", "core/page.js"} <= set(found)
    assert len(set(found)) == len(found)
    assert "panels/panel-export.js" not in found  # imported when a chart is saved


def test_links_name_what_is_imported_when_it_is_needed_only_where_it_is_asked_for():
    assets.build()
    links = preloaded("panels/panel-board.js", "panels/drawing.js")
    assert links.count("drawing") == 1
    assert links.count("vega-bundle") == 1
    assert links.count("<link ") == links.count('rel="modulepreload"') > 20
