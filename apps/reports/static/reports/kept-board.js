// The charts of a published panel where scripts run: pointed at and zoomed, drawn from what was kept, each in the place of its picture.
import { PanelBoard } from "../panels/panel-board.js";
import { KeptAnswers } from "./kept-answers.js";

const FACES = `<figcaption><span class="panel-name"></span><span class="panel-facts" data-part="facts"></span></figcaption><panel-chart></panel-chart>`;

class KeptBoard extends PanelBoard {
  connectedCallback() {
    if (this.client) return;
    for (const chart of this.querySelectorAll(".frozen-chart[data-key]")) place(chart);
    super.connectedCallback();
  }

  facts() {
    const runs = JSON.parse(this.dataset.runs).map(([id, name, slot]) => ({ id, name, slot, state: "kept", url: `/runs/${id}/` }));
    return JSON.stringify({ runs, shown: runs.map((run) => run.id), view: JSON.parse(this.dataset.view) });
  }

  answerer() {
    return new KeptAnswers(new Map([...this.querySelectorAll(".frozen-chart[data-key]")].map((chart) => [chart.dataset.key, chart.querySelector(".frozen-data").href])));
  }
}

// The chart lies over its picture, so nothing moves; the picture goes when it is drawn, and comes back in print.
function place(chart) {
  const stage = document.createElement("div");
  stage.className = "kept-stage";
  chart.prepend(stage);
  stage.append(...chart.querySelectorAll(":scope > img"));
  const figure = document.createElement("figure");
  figure.className = "panel";
  figure.innerHTML = FACES;
  figure.querySelector(".panel-name").textContent = chart.dataset.key;
  figure.querySelector("panel-chart").dataset.key = chart.dataset.key;
  stage.append(figure);
}

customElements.define("kept-board", KeptBoard);
