"""Every page passes axe: WCAG 2.2 AA and its best practices, wide and light, narrow and dark."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.accounts.test_permissions import MATRIX
from tests.browser.trainings import Training, send
from tests.custom_panels.documents import document

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.services.site import Site

RUN = "/runs/{run}/"
PROJECT = "/admin/accessible/"
# Route to the paths of it that are looked at. {run}, {other}: two runs; {report}: a report.
PAGES: dict[str, list[str]] = {
    "": ["/"],
    "<slug:team>/<slug:project>/": [PROJECT, f"{PROJECT}?group_by=all", "/admin/empty-one/", f"{PROJECT}?filter=a%20b"],
    "<slug:team>/<slug:project>/runs/": [
        f"{PROJECT}runs/",
        f"{PROJECT}runs/?group=config.seed",
        f"{PROJECT}runs/?base={{run}}",
        f"{PROJECT}runs/?plot=kind%3Dscatter%26x%3Dcreated%26y%3Dmetric.loss&plot=kind%3Dimportance%26target%3Dtook",
        f"{PROJECT}runs/?filter=config.nothing%20%3D%3D%201",
    ],
    "<slug:team>/<slug:project>/compare/": [f"{PROJECT}compare/?run={{run}}&run={{other}}", f"{PROJECT}compare/"],
    "<slug:team>/<slug:project>/compare/code/": [f"{PROJECT}compare/code/?run={{run}}&run={{other}}"],
    "<slug:team>/<slug:project>/compare/curves/": [f"{PROJECT}compare/curves/?run={{run}}&run={{other}}"],
    "<slug:team>/<slug:project>/compare/confusion/": [
        f"{PROJECT}compare/confusion/?run={{run}}&run={{other}}",
        f"{PROJECT}compare/confusion/?run={{run}}&run={{other}}&cells=table",
    ],
    "<slug:team>/<slug:project>/reports/": [f"{PROJECT}reports/", "/admin/empty-one/reports/"],
    "<slug:team>/<slug:project>/panels/": [f"{PROJECT}panels/", "/admin/empty-one/panels/"],
    "<slug:team>/<slug:project>/panels/new/": [f"{PROJECT}panels/new/", "/admin/empty-one/panels/new/?from=anscombe"],
    "<slug:team>/<slug:project>/panels/<run:panel_id>/edit/": [f"{PROJECT}panels/{{panel}}/edit/"],
    "<slug:team>/<slug:project>/settings/": [f"{PROJECT}settings/"],
    "<slug:team>/<slug:project>/settings/costs/": [f"{PROJECT}settings/costs/"],
    "runs/<run:run_id>/": [RUN],
    "runs/<run:run_id>/classes/": [f"{RUN}classes/"],
    "runs/<run:run_id>/confusion/": [f"{RUN}confusion/"],
    "runs/<run:run_id>/curves/": [f"{RUN}curves/"],
    "runs/<run:run_id>/code/": [f"{RUN}code/"],
    "runs/<run:run_id>/console/": [f"{RUN}console/"],
    "runs/<run:run_id>/files/": [f"{RUN}files/"],
    "runs/<run:run_id>/system/": [f"{RUN}system/?x=relative"],
    "runs/<run:run_id>/provenance/": [f"{RUN}provenance/"],
    "<slug:team>/<slug:project>/commits/<slug:sha>/": [f"{PROJECT}commits/4f2a9c1d/"],
    "r/<run:report_id>/<int:n>/provenance/": ["/r/{report}/1/provenance/"],
    "r/new/": ["/r/new/?project=admin/accessible"],
    "r/<run:report_id>/": ["/r/{report}/"],
    "r/<run:report_id>/edit/": ["/r/{report}/edit/"],
    "r/<run:report_id>/draft/": ["/r/{report}/draft/"],
    "r/<run:report_id>/<int:n>/": ["/r/{report}/1/"],
    "r/<run:report_id>/<int:n>/changes/": ["/r/{report}/1/changes/"],
    "r/<run:report_id>/<int:n>/share/": ["/r/{report}/1/share/"],
    "r/<run:report_id>/<int:n>/embed/<int:panel>/": ["/r/{report}/1/embed/1/"],
    "s/<str:token>/": ["/s/{token}/", "/s/never-made/"],
    "s/<str:token>/embed/<int:panel>/": ["/s/{token}/embed/1/"],
    "r/<run:report_id>/revisions/": ["/r/{report}/revisions/"],
    "r/<run:report_id>/revisions/diff/": [
        "/r/{report}/revisions/diff/?from=1&to=2",
        "/r/{report}/revisions/diff/?from=1&to=2&view=side",
    ],
    "r/<run:report_id>/revisions/<int:n>/": ["/r/{report}/revisions/1/"],
    "teams/": ["/teams/"],
    "teams/<slug:team>/": ["/teams/admin/"],
    "teams/<slug:team>/settings/": ["/teams/admin/settings/"],
    "teams/<slug:team>/services/": ["/teams/admin/services/"],
    "teams/<slug:team>/storage/": ["/teams/admin/storage/"],
    "teams/<slug:team>/storage/<slug:project>/": ["/teams/admin/storage/accessible/?keep_days=30"],
    "teams/<slug:team>/audit/": ["/teams/admin/audit/"],
    "accounts/": ["/accounts/"],
    "accounts/mentions/": ["/accounts/mentions/"],
    "accounts/keys/": ["/accounts/keys/"],
    "accounts/invitation/<str:token>/": ["/accounts/invitation/never-made/"],
    "accounts/link/<str:token>/": ["/accounts/link/never-made/"],
    "api/docs/": ["/api/docs/"],
    # Of django-allauth, in our frame
    "accounts/email/": ["/accounts/email/"],
    "accounts/password/set/": ["/accounts/password/set/"],
    "accounts/2fa/": ["/accounts/2fa/"],
    "accounts/2fa/totp/activate/": ["/accounts/2fa/totp/activate/"],
    "accounts/2fa/webauthn/": ["/accounts/2fa/webauthn/"],
    "accounts/sessions/": ["/accounts/sessions/"],
    "accounts/3rdparty/": ["/accounts/3rdparty/"],
    "accounts/logout/": ["/accounts/logout/"],
}
SIGNED_OUT = {
    "accounts/sign-in/": ["/accounts/sign-in/"],
    "accounts/signup/": ["/accounts/signup/"],
    "accounts/password/reset/": ["/accounts/password/reset/"],
    "accounts/password/reset/done/": ["/accounts/password/reset/done/"],
}
ELSEWHERE = {  # no page of its own, or the same one as another route
    **dict.fromkeys(("healthz", "readyz", "metrics", "client/paceline.zip", "api/schema/", "^api/"), "not a page"),
    "<slug:team>/<slug:project>/runs/count/": "a fragment",
    "f/<str:signature>/<str:name>": "a file",
    "runs/<run:run_id>/card/": "a fragment",
    "r/images/<run:image_id>/": "a picture",
    "r/drafts/<run:draft_id>/": "looked at by test_report_page.py",
    "r/<run:report_id>/pieces/<str:sha256>": "a picture, or data",
    "r/<run:report_id>/<int:n>.json": "data",
    "runs/<run:run_id>/provenance.<slug:form>": "a download",
    "<slug:team>/<slug:project>/commits/<slug:sha>.<slug:form>": "a download",
    "r/<run:report_id>/<int:n>/provenance.<slug:form>": "a download",
    "accounts/mentions/<run:mention_id>/": "leads to the comment",
    **dict.fromkeys(("s/<str:token>/report.json", "s/<str:token>/pieces/<str:sha256>"), "data"),
    "s/<str:token>/<path:rest>": "the same as a link that opens nothing",
    "r/<run:report_id>/publish/<run:publishing_id>/": "leads to the published version",
    "frames/plotly/": "a frame of the run table's plots",
    "frames/panel/": "a frame of custom panels",
    "accounts/login/": "accounts/sign-in/",
    "accounts/with/<str:provider>/": "needs a provider",
    "accounts/password/change/": "accounts/password/set/ leads there and back",
}
DOWNLOAD = re.compile(r"\.(csv|html|md|parquet|png|tex|txt)$|export")
NEEDS_MORE = re.compile(
    r"accounts/(2fa|3rdparty|oidc|github|google|confirm-email|\^|inactive|reauth|login/code|password/reset)"
)


EMPTY_PROJECT = (
    "from apps.runs.models import Project; from apps.accounts.models import Team; "
    "Project.objects.get_or_create(team=Team.objects.get(slug='admin'), slug='empty-one')"
)


@pytest.fixture(scope="module")
def names(site: "Site") -> dict[str, str]:
    """Ids of two runs with everything a page may show, and of a report over them."""
    made = []
    for place, name in enumerate(("first <b>run</b>", "second")):
        facts: dict[str, Any] = {"config": {"lr": 0.1 / (place + 1), "seed": place, "nested": {"deep": [1, 2]}}}
        run = Training(site, "accessible", name, tags=["one", "two"], notes="Notes.", **facts)
        run.log([1, 2, 3], loss=[3.0, float("inf"), 1.0], val__accuracy=[0.1, 0.2, 0.3 + place], system__cpu=[1.0] * 3)
        run.put("notes.txt", b"x")
        send(site, "POST", f"/api/v1/runs/{run.id}/logs/", {"writer": "w", "seq": 0, "lines": [{"text": "epoch 1"}]})
        for step in (1, 2):
            rows = [{"class": "8", "support": 3, "recall": 0.9 - place / step}, {"class": "a b", "recall": None}]
            send(site, "POST", f"/api/v1/runs/{run.id}/class-tables/val/", {"step": step, "rows": rows})
        matrix = {"step": 1, "classes": ["8", "a b"], "counts": [[3, 1 + place], [0, 4]]}
        send(site, "POST", f"/api/v1/runs/{run.id}/confusion-matrices/val/", matrix)
        for step in (1, 2):
            drawn = {"roc": {"fpr": [0, 0, 1], "tpr": [0, 0.5 + place / 4, 1]}, "roc_auc": 0.75 + place / 8}
            body = {"step": step, "curves": [{"class": "8", **drawn}, {"class": "a b"}]}
            send(site, "POST", f"/api/v1/runs/{run.id}/curves/val/", body)
            body = {"step": step, "edges": [-1, 0, 1], "counts": [3, 4 + place], "nan": 1}
            send(site, "POST", f"/api/v1/runs/{run.id}/histograms/weights/", body)
        made.append(run.finish() if place == 0 else run)
    send(site, "PUT", "/api/v1/projects/admin/accessible/costs/", {"default": 2, "pairs": [["8", "a b", 5]]})
    site.manage("shell", "-v", "0", "-c", EMPTY_PROJECT)
    markdown = f"# Words\n\n```panel\nkind: line\nkeys: [loss]\nruns: [{made[0].id}, {made[1].id}]\n```\n"
    report = send(site, "POST", "/api/v1/projects/admin/accessible/reports/", {"title": "Report", "markdown": markdown})
    parameters = {
        "metric": {"kind": "metric", "default": "loss"},
        "log": {"kind": "choice", "choices": [1, 2], "default": 1},
    }
    text = document({"rows": {"kind": "history", "keys": ["${metric}"]}}, parameters)
    made_panel = send(site, "POST", "/api/v1/projects/admin/accessible/panels/", {"name": "A panel", "document": text})
    for page in ("project", "compare"):
        placed = {"panels": [{"panel": made_panel["id"]}]}
        send(site, "PUT", f"/api/v1/projects/admin/accessible/panel-places/{page}/", placed)
    send(site, "POST", f"/api/v1/reports/{report['id']}/publish/", {})
    comments = f"/api/v1/reports/{report['id']}/comments/"
    said = send(site, "POST", comments, {"text": "Is *this* noise?", "panel": 1})
    send(site, "POST", comments, {"text": "```\nno\n```", "replies_to": said["id"]})
    done = send(site, "POST", comments, {"text": "Which seed?"})
    send(site, "POST", f"{comments}{done['id']}/resolve/", {})
    shared = send(site, "POST", f"/api/v1/reports/{report['id']}/published/1/shares/", {"name": "axe"})
    send(site, "PUT", f"/api/v1/reports/{report['id']}/", {"title": "Report", "markdown": f"More\n\n{markdown}"})
    ids = {"run": made[0].id, "other": made[1].id, "report": report["id"], "panel": made_panel["id"]}
    return {**ids, "token": shared["url"].split("/")[-2]}


OURS_OF_A_PAGE = {"exclude": [["#api-docs"]]}  # Swagger UI draws what is in there, and is not ours


# What another width and theme can break; the other rules are about what stands in the page.
OF_A_LOOK = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")


def faults(page: "Page", rules: Sequence[str] = ()) -> Iterator[str]:
    """What axe objects to: the rule, the element that breaks it, why. rules: these alone, all without any."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    for rule in Axe().run(page, context=OURS_OF_A_PAGE, options=options).response["violations"]:
        for node in rule["nodes"]:
            why = "; ".join(one["message"] for kind in ("any", "all", "none") for one in node[kind])
            yield f"{rule['id']} at {' '.join(map(str, node['target']))}: {why}"


@pytest.fixture(scope="module")
def open_page(site: "Site", browser: "Browser") -> Iterator["Page"]:
    """One signed-in page for all of these tests: what it met before makes no difference to axe."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    site.sign_in(page)
    yield page
    context.close()


LOOKS: dict[str, tuple[int, int, str, Sequence[str]]] = {
    "wide, light": (1280, 800, "light", ()),
    "narrow, dark": (390, 844, "dark", OF_A_LOOK),
}


def look_at(page: "Page", address: str) -> list[str]:
    """The faults of a page, wide and light, then narrow and dark."""
    found = []
    page.goto(address)
    for name, (width, height, scheme, rules) in LOOKS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.wait_for_function(SETTLED)
        found += [f"{name}: {one}" for one in faults(page, rules)]
    return found


SETTLED = """() => !document.querySelector("#api-docs:not(:has(.opblock))")
  && [...document.querySelectorAll("panel-chart, custom-panel")].every((panel) => {
    const box = panel.getBoundingClientRect();
    return panel.dataset.state || !box.width || box.top > innerHeight || box.bottom < 0;
  }) && [...document.querySelectorAll("run-plot")].every((plot) => plot.dataset.state && !plot.ariaBusy)"""


@pytest.mark.parametrize("route", PAGES)
def test_a_page_passes_axe(site: "Site", open_page: "Page", names: dict[str, str], route: str) -> None:
    paths = [path.format(**names) for path in PAGES[route]]
    found = [f"{path} {one}" for path in paths for one in look_at(open_page, site.url + path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("route", SIGNED_OUT)
def test_a_page_for_nobody_in_particular_passes_axe(site: "Site", page: "Page", route: str) -> None:
    found = [one for path in SIGNED_OUT[route] for one in look_at(page, site.url + path)]
    assert not found, "\n".join(found)


PLOTTED = f"{PROJECT}runs/?plot=kind%3Dscatter%26x%3Dcreated%26y%3Dmetric.loss"
OPENED = {  # what is on the page only once a person has asked for it
    "the keyboard map": (PROJECT, lambda page: page.keyboard.press("?")),
    "the command palette": (PROJECT, lambda page: page.keyboard.press("Control+k")),
    "the account's menu": (PROJECT, lambda page: page.locator(".bar .menu summary").click()),
    "the columns of the table": (f"{PROJECT}runs/", lambda page: page.locator("[data-act=columns]").click()),
    "a selection of runs": (f"{PROJECT}runs/", lambda page: page.locator("tbody input[type=checkbox]").first.click()),
    "what can be done with a run": (RUN, lambda page: page.locator(".run-menu summary").click()),
    "where a run can be moved": (RUN, lambda page: page.keyboard.press("m")),
    "the menu of a plot": (PLOTTED, lambda page: page.locator("run-plot [data-act=menu]").click()),
    "the names for a plot": (PLOTTED, lambda page: page.locator("run-plot [data-what=y]").click()),
    "the versions of a panel": (
        f"{PROJECT}panels/{{panel}}/edit/",
        lambda page: page.locator("[data-act=versions]").click(),
    ),
    "what can be done with a panel": (f"{PROJECT}panels/", lambda page: page.locator("[data-act=menu]").first.click()),
    "importing a chart": (f"{PROJECT}panels/", lambda page: page.locator("[data-act=import]").click()),
    "a large panel": (f"{RUN}?panel=loss", lambda page: None),
}


@pytest.mark.parametrize("what", OPENED)
def test_what_is_opened_on_a_page_passes_axe(site: "Site", page: "Page", names: dict[str, str], what: str) -> None:
    path, open_it = OPENED[what]
    site.sign_in(page)
    page.goto(site.url + path.format(**names))
    page.wait_for_function(SETTLED)
    open_it(page)
    page.wait_for_timeout(300)
    found = list(faults(page))
    assert not found, "\n".join(found)


def test_every_page_is_looked_at() -> None:
    """Every route that answers a GET with a page is in one of the lists above."""
    known = {*PAGES, *SIGNED_OUT, *ELSEWHERE}
    pages = {route for route, lines in MATRIX.items() if "GET" in lines and not route.startswith("api/v1/")}
    assert {one for one in pages - known if not DOWNLOAD.search(one) and not NEEDS_MORE.match(one)} == set()
