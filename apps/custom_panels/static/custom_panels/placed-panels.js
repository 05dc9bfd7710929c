// The custom panels of a page, below its charts: moved, removed and set by whoever writes to the project, each with a way back.
import { toast } from "../core/toasts.js";
import { reportItems } from "../panels/into-report.js";
import { openMenu } from "../panels/panel-menu.js";
import "./custom-panel.js";
import { keepPlaces, PAGES, restore } from "./placing.js";

const KEEP_MS = 400;

class PlacedPanels extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act=menu]");
      if (button) this.#menu(button.closest("[data-panel-card]"), button);
    });
    this.addEventListener("paceline:parameters", () => {
      if (!("writes" in this.dataset)) return;
      clearTimeout(this.keeping);
      this.keeping = setTimeout(() => this.#keep(), KEEP_MS);
    });
  }

  get #cards() {
    return [...this.querySelectorAll("[data-panel-card]")];
  }

  get #now() {
    return this.#cards.map((card) => ({ panel: card.dataset.panelCard, parameters: card.querySelector("custom-panel").chosen ?? {} }));
  }

  #menu(card, button) {
    const { name, edit } = card.dataset;
    const cards = this.#cards;
    const at = cards.indexOf(card);
    const items = [{ label: "Open in the editor", act: () => location.assign(edit) }, { label: "Read again", act: () => card.querySelector("custom-panel").load() }];
    if ("writes" in this.dataset) {
      items.push(...reportItems(this.dataset.project, button, () => this.#block(card), name), null);
      if (at > 0) items.push({ label: "Move up", act: () => this.#move(card, cards[at - 1], "before") });
      if (at < cards.length - 1) items.push({ label: "Move down", act: () => this.#move(card, cards[at + 1], "after") });
      items.push({ label: "Take off this page", act: () => this.#remove(card, name) });
    }
    openMenu(button, items, `What can be done with ${name}`);
  }

  // The panel as a block of a report, over the runs that it draws now.
  #block(card) {
    const { chosen = {}, dataset } = card.querySelector("custom-panel");
    const runs = dataset.runs === "board" ? (document.querySelector("panel-board")?.shown ?? []) : (dataset.runs ?? "").split(",").filter(Boolean);
    return { kind: "custom", panel: card.dataset.panelCard, parameters: Object.keys(chosen).length ? chosen : null, runs: runs.length ? runs : null };
  }

  #move(card, other, side) {
    const before = this.#now;
    other[side](card);
    this.#keep();
    toast(`${card.dataset.name} was moved.`, { act: "Undo", then: () => this.#back(before) });
  }

  #remove(card, name) {
    const before = this.#now;
    card.remove();
    this.#keep();
    toast(`${name} is off ${PAGES[this.dataset.page]}.`, { act: "Undo", then: () => this.#back(before) });
  }

  #back(before) {
    restore(this.dataset.project, this.dataset.page, before, () => location.reload());
  }

  async #keep() {
    try {
      await keepPlaces(this.dataset.project, this.dataset.page, this.#now);
    } catch (error) {
      toast(`Nothing was changed: ${error.message}`);
    }
  }
}

customElements.define("placed-panels", PlacedPanels);
