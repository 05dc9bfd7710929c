// Reads out the point of a curve that is nearest to the pointer, or that the arrow keys go to. The server draws.

const SIDE = 800;
const NEAR = 60; // units of the chart
const WORDS = {
  roc: ["false positives", "true positives", "threshold"],
  pr: ["recall", "precision", "threshold"],
  calibration: ["mean score", "came true", "examples"],
};

class CurveView extends HTMLElement {
  connectedCallback() {
    this.points = JSON.parse(this.querySelector("#curve-points")?.textContent ?? "[]");
    for (const chart of this.querySelectorAll("svg[data-kind]")) {
      chart.addEventListener("pointermove", (event) => this.#follow(chart, event));
      chart.addEventListener("pointerleave", () => this.#say(chart, null));
      chart.addEventListener("keydown", (event) => this.#walk(chart, event));
    }
  }

  #follow(chart, event) {
    const box = chart.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = 1 - (event.clientY - box.top) / box.height;
    this.#say(chart, nearest(this.points, chart.dataset.kind, x, y));
  }

  // Left and right go along a curve, up and down to the next run.
  #walk(chart, event) {
    const along = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const across = { ArrowUp: -1, ArrowDown: 1 }[event.key] ?? 0;
    if (event.key === "Escape") return this.#say(chart, null);
    if (!along && !across) return;
    event.preventDefault();
    const kind = chart.dataset.kind;
    const drawn = this.points.flatMap((run, place) => (run[kind]?.[0].length ? [place] : []));
    if (!drawn.length) return;
    const now = chart.at ?? { run: drawn[0], point: along > 0 ? -1 : 0 };
    const turn = drawn[(drawn.indexOf(now.run) + across + drawn.length) % drawn.length];
    const last = this.points[turn][kind][0].length - 1;
    this.#say(chart, { run: turn, point: Math.min(Math.max(now.point + along, 0), last) });
  }

  #say(chart, at) {
    chart.at = at;
    chart.querySelector(".mark")?.remove();
    const said = chart.closest("figure").querySelector(".curve-said");
    said.textContent = "";
    if (!at) return;
    const run = this.points[at.run];
    const [x, y, more] = run[chart.dataset.kind].map((column) => column[at.point]);
    const [across, up, last] = WORDS[chart.dataset.kind];
    const cut = more === null ? "above every score" : `${last} ${written(more)}`;
    said.textContent = `${run.name}: ${across} ${written(x)}, ${up} ${written(y)}, ${cut}`;
    const mark = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    mark.setAttribute("class", `mark slot-${run.slot}`);
    mark.setAttribute("cx", x * SIDE);
    mark.setAttribute("cy", (1 - y) * SIDE);
    mark.setAttribute("r", 11);
    chart.append(mark);
  }
}

// {run, point} of the point nearest to (x, y) within 0..1; null when none is near.
function nearest(points, kind, x, y) {
  let found = null;
  let least = NEAR / SIDE;
  points.forEach((run, place) => {
    const [across, up] = run[kind] ?? [[], []];
    across.forEach((one, point) => {
      const far = Math.hypot(one - x, up[point] - y);
      if (far < least) [least, found] = [far, { run: place, point }];
    });
  });
  return found;
}

function written(value) {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

customElements.define("curve-view", CurveView);
