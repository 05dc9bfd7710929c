// A custom panel on a page: asked for and mounted when it comes into view, taken away when it is far from it.
// Attributes: data-project "team/slug"; data-panel and, for one that stays as it was, data-version; or data-document, the id of a script
// with a document. data-runs: "board" for the runs of the page's charts, ids with commas, or none for those of the project.
// data-parameters: JSON of chosen values; data-declared: of what can be chosen, where its reader may.
import { themeNow } from "../panels/board-look.js";
import { FramedPanel } from "./framed-panel.js";
import { columnsOf, factsOf, notesOf } from "./panel-facts.js";
import { ask } from "../core/ask.js";
import { parameterControls } from "./parameters.js";

const NEAR = "200px"; // of the window: there a panel is mounted
const FAR = "1500px"; // and beyond it is taken away
const LEAST_MS = 10_000; // between two readings of a panel whose runs go on
const BUSY_MS = 250;
const TALLEST = 900; // px: what is higher scrolls

class CustomPanel extends HTMLElement {
  connectedCallback() {
    this.chosen = JSON.parse(this.dataset.parameters || "{}");
    [this.place, this.said, this.facts, this.controls] = ["place", "said", "facts", "controls"].map((name) => this.querySelector(`[data-part=${name}]`));
    this.near = watcher(this, NEAR, (seen) => seen && this.#mount());
    this.far = watcher(this, FAR, (seen) => !seen && this.#unmount());
    this.looks = () => this.framed && this.load({ quiet: true, again: true }); // runs have other colours then
    document.addEventListener("paceline:look", this.looks);
    this.fresh = () => this.framed && this.load({ quiet: true });
    this.other = () => this.framed && this.#runs() !== this.asked && this.load({ quiet: true });
    if (this.dataset.runs === "board") {
      document.addEventListener("paceline:fresh", this.fresh);
      document.addEventListener("paceline:url", this.other);
    }
    this.querySelector("[data-act=again]").addEventListener("click", () => this.load());
    this.#offer();
  }

  disconnectedCallback() {
    document.removeEventListener("paceline:look", this.looks);
    document.removeEventListener("paceline:fresh", this.fresh);
    document.removeEventListener("paceline:url", this.other);
    this.near.disconnect();
    this.far.disconnect();
    this.#unmount();
  }

  #mount() {
    if (this.framed) return;
    const title = this.getAttribute("aria-label") ?? "Panel";
    this.framed = new FramedPanel(this.place, {
      title,
      pointed: (run) => document.querySelector("panel-board")?.highlight?.(run),
      noted: (message) => this.#say(message),
      lost: (error) => this.#fail(error),
    });
    this.load();
  }

  #unmount() {
    this.asking?.abort();
    this.framed?.end();
    this.framed = null;
    delete this.dataset.state;
  }

  // The runs it is drawn over: ids, null for those of the project, "" for none.
  #runs() {
    if (this.dataset.runs !== "board") return this.dataset.runs || null;
    return document.querySelector("panel-board")?.shown?.join(",") ?? JSON.parse(document.getElementById("board")?.textContent ?? "{}").shown?.join(",") ?? "";
  }

  // Asks for what it draws, and draws it. quiet: only when the last time is a while ago or the runs are others, unless it is asked for again.
  async load({ quiet = false, again = !quiet } = {}) {
    const runs = this.#runs();
    if (!again && runs === this.asked && performance.now() - this.began < LEAST_MS) return;
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    Object.assign(this, { asked: runs, began: performance.now() });
    if (runs === "") return this.#say("No run is shown: choose some to see them here.", "empty");
    const busy = setTimeout(() => !quiet && this.setAttribute("aria-busy", "true"), BUSY_MS);
    try {
      await this.#show(await this.#answer(runs, mine.signal), mine);
    } catch (error) {
      if (error.name !== "AbortError" && mine === this.asking) this.#fail(error);
    } finally {
      clearTimeout(busy);
      if (mine === this.asking) this.removeAttribute("aria-busy");
    }
  }

  #answer(runs, signal) {
    const { project, panel, version, document: script } = this.dataset;
    const saved = { panel, ...(version ? { version: Number(version) } : {}) };
    const what = script ? { document: JSON.parse(document.getElementById(script).textContent) } : saved;
    const body = { ...what, parameters: this.chosen, theme: themeNow(), ...(runs ? { runs: runs.split(",") } : {}) };
    return ask("POST", `projects/${project}/panel-data/`, body, { signal });
  }

  async #show(answer, mine) {
    const { height } = await this.framed.draw(this.#untitled(answer.spec), columnsOf(answer));
    if (mine !== this.asking) return;
    if ("grows" in this.dataset && height > this.place.clientHeight) this.place.style.height = `${Math.min(height, TALLEST)}px`;
    if (this.facts) this.facts.textContent = factsOf(answer);
    this.#say(notesOf(answer).join(" "), "drawn");
  }

  // The page says the panel's name already.
  #untitled(spec) {
    const title = spec.title?.text ?? spec.title;
    if (title !== this.getAttribute("aria-label")) return spec;
    const { title: _, ...rest } = spec;
    return spec.title?.subtitle ? { ...rest, title: { ...spec.title, text: "" } } : rest;
  }

  #offer() {
    const { declared, project } = this.dataset;
    if (!declared) return;
    this.controls.replaceChildren(...parameterControls(JSON.parse(declared), this.chosen, {
      project,
      changed: (name, value) => {
        this.chosen = { ...this.chosen, [name]: value };
        this.dispatchEvent(new CustomEvent("paceline:parameters", { bubbles: true }));
        this.load();
      },
    }));
  }

  #say(text, state = null) {
    if (state) this.dataset.state = state;
    this.said.querySelector("span").textContent = text;
    this.said.hidden = !text;
    this.querySelector("[data-act=again]").hidden = state !== "failed";
  }

  #fail(error) {
    this.#say(error.message, "failed");
  }
}

function watcher(element, margin, heard) {
  const found = new IntersectionObserver((seen) => heard(seen.at(-1).isIntersecting), { rootMargin: margin });
  found.observe(element);
  return found;
}

customElements.define("custom-panel", CustomPanel);
