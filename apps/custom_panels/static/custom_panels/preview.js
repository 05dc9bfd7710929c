// The editor's preview: text in, a chart of real data out. What is wrong is told; the last good chart stays and says that it is older.
import { themeNow } from "../panels/board-look.js";
import { FramedPanel } from "./framed-panel.js";
import { columnsOf, factsOf, notesOf } from "./panel-facts.js";
import { ask } from "../core/ask.js";

export class Preview {
  // told({problems, answer, declared}): after every try; answer is null when there is none.
  constructor(place, { project, told }) {
    Object.assign(this, { project, told });
    this.stage = place.querySelector("[data-part=stage]");
    this.said = place.querySelector("[data-part=older]");
    this.facts = place.querySelector("[data-part=facts]");
    this.notes = place.querySelector("[data-part=notes]");
    this.framed = new FramedPanel(this.stage, {
      title: "Preview of the panel",
      noted: (message) => this.told({ problems: [problem(message)] }),
      lost: (error) => this.#failed(error),
    });
    this.drawnAt = null;
  }

  // Draws a text with the chosen values of its parameters. A newer call ends this one.
  async draw(text, parameters) {
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    this.stage.setAttribute("aria-busy", "true");
    try {
      const checked = await ask("POST", `projects/${this.project}/panel-check/`, { document: text }, { signal: mine.signal });
      if (checked.problems.length) return this.#wrong(checked.problems, checked);
      const answer = await this.#data(text, parameters, checked, mine.signal);
      const drawn = await this.framed.draw(checked.parameters.length ? answer.spec : JSON.parse(text), columnsOf(answer));
      if (mine !== this.asking) return undefined;
      this.drawnAt = new Date();
      this.stage.classList.add("ready");
      this.#older("");
      this.facts.textContent = factsOf(answer, drawn.ms);
      this.#note([...notesOf(answer), ...drawn.notes]);
      this.told({ problems: [], answer, checked });
    } catch (error) {
      if (error.name !== "AbortError" && mine === this.asking) this.#failed(error);
    } finally {
      if (mine === this.asking) this.stage.removeAttribute("aria-busy");
    }
    return undefined;
  }

  // Its rows, asked for again only when other ones may be wanted: another mark needs none. Values of parameters are filled in by the server.
  async #data(text, parameters, checked, signal) {
    const wanted = checked.parameters.length ? null : JSON.stringify([themeNow(), JSON.parse(text).usermeta ?? null]);
    if (wanted === null || wanted !== this.wanted) {
      const known = new Set(checked.parameters.map(({ name }) => name));
      const chosen = Object.fromEntries(Object.entries(parameters).filter(([name]) => known.has(name)));
      this.answer = await ask("POST", `projects/${this.project}/panel-data/`, { document: text, parameters: chosen, theme: themeNow() }, { signal });
      this.wanted = wanted;
    }
    return this.answer;
  }

  // Reads the rows again with the next drawing.
  forget() {
    this.wanted = undefined;
  }

  #wrong(problems, checked) {
    const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    this.#older(this.drawnAt ? `This chart is of ${clock(this.drawnAt)}: the text has ${many} since.` : `Nothing is drawn yet: the text has ${many}.`);
    this.told({ problems, checked });
  }

  #failed(error) {
    this.#older(this.drawnAt && !error.stopped ? `This chart is of ${clock(this.drawnAt)}: what is written now could not be drawn.` : "");
    this.told({ problems: [problem(error.message)] });
  }

  #older(text) {
    this.said.textContent = text;
    this.said.hidden = !text;
    this.stage.classList.toggle("older", Boolean(text) && this.drawnAt !== null);
  }

  #note(notes) {
    this.notes.replaceChildren(...notes.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    this.notes.hidden = notes.length === 0;
  }
}

function problem(message) {
  return { line: null, column: null, message };
}

function clock(time) {
  return time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
