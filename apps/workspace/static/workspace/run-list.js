// The list of runs beside the charts: what is shown, which colour it has, what the keyboard does.
import { chip } from "../panels/readout.js";
import { isTyping } from "../core/page.js";
import { refreshPage } from "./live-page.js";

const FILTER_MS = 220;

class RunList extends HTMLElement {
  connectedCallback() {
    this.current = -1;
    this.addEventListener("change", (event) => this.#changed(event));
    this.addEventListener("input", (event) => this.#typed(event));
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("pointerover", (event) => this.board?.highlight(event.target.closest("[data-run]")?.dataset.run ?? null));
    this.addEventListener("pointerleave", () => this.board?.highlight(null));
    this.querySelector(".runs-head")?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#filter();
    });
    document.addEventListener("paceline:highlight", (event) => this.#mark(event.detail.run));
    document.addEventListener("paceline:board", () => this.#colour());
    document.addEventListener("paceline:fresh", () => this.#colour());
    document.addEventListener("paceline:lost", () => this.board.save(false, this.board.shown));
    document.addEventListener("keydown", (event) => this.#key(event));
    customElements.whenDefined("panel-board").then(() => this.#colour());
  }

  get board() {
    const board = document.querySelector("panel-board");
    return board?.client ? board : null;
  }

  get rows() {
    return [...this.querySelectorAll("[data-run]")].filter((row) => row.offsetParent !== null);
  }

  #changed(event) {
    const box = event.target;
    if (box.name === "run") this.#show(box.closest("[data-run]"), box.checked);
    else if (box.dataset.act === "all") this.#showAll(box.checked);
    else if (box.name === "state") this.#refine({ state: box.value, page: "" });
    else if (box.name === "filter") this.#filter();
  }

  #show(row, shown) {
    this.board?.toggle({ id: row.dataset.run, name: row.dataset.name, state: row.dataset.state }, shown);
    this.#colour();
    this.#later(refreshPage);
  }

  #showAll(shown) {
    const listed = this.rows.map((row) => ({ id: row.dataset.run, name: row.dataset.name, state: row.dataset.state }));
    this.board?.showOnly(shown ? listed : []);
    this.#colour();
    this.#later(refreshPage);
  }

  #typed(event) {
    if (!event.target.matches("[data-filter]")) return;
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of this.querySelectorAll("[data-run]")) row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
    this.#later(() => this.#filter());
  }

  #filter() {
    const value = (name) => this.querySelector(`[name=${name}]`).value.trim();
    this.#refine({ name: value("name"), filter: value("filter"), page: "" });
  }

  // Changes what the URL says of the lists and reads the page again.
  #refine(changes) {
    const params = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) params.set(name, value);
      else params.delete(name);
    }
    const text = params.toString();
    history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
    refreshPage();
  }

  #later(act) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(act, FILTER_MS);
  }

  #clicked(event) {
    const button = event.target.closest("button");
    if (button?.dataset.act === "pin") this.board?.pin(button.closest("[data-run]").dataset.run);
  }

  // Chips and boxes say what the board shows.
  #colour() {
    const { board } = this;
    if (!board) return;
    const shown = new Set(board.shown);
    for (const row of this.querySelectorAll("[data-run]")) {
      const on = shown.has(row.dataset.run);
      row.querySelector("input").checked = on;
      const old = row.querySelector(".chip");
      const slot = on ? board.slotOf(row.dataset.run) : null;
      const fresh = chip(slot ?? 0);
      if (!on) fresh.setAttribute("class", "chip off");
      if (old.getAttribute("class").trim() !== fresh.getAttribute("class")) old.replaceWith(fresh);
    }
    const part = this.querySelector("[data-part=shown]");
    if (part) part.textContent = shown.size;
    const all = this.querySelector("[data-act=all]");
    if (all) {
      const { rows } = this;
      const ticked = rows.filter((row) => shown.has(row.dataset.run)).length;
      all.checked = rows.length > 0 && ticked === rows.length;
      all.indeterminate = ticked > 0 && ticked < rows.length;
    }
    const compare = this.querySelector("[data-part=compare]");
    if (compare) compare.disabled = shown.size === 0;
    this.#mark(board.highlighted);
    this.#point();
  }

  #mark(run) {
    const pinned = this.board?.view.pin ?? null;
    for (const row of this.querySelectorAll("[data-run]")) {
      row.classList.toggle("on", row.dataset.run === run);
      row.querySelector(".pin")?.setAttribute("aria-pressed", String(row.dataset.run === pinned));
    }
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && event.target.matches?.("[data-filter], [name=filter]")) {
      event.target.blur();
      event.stopImmediatePropagation();
      return;
    }
    if (isTyping(event.target)) return;
    const { rows } = this;
    if (event.key === "j" || event.key === "k") {
      this.current = Math.max(0, Math.min(rows.length - 1, this.current + (event.key === "j" ? 1 : -1)));
      this.#point(true);
    } else if (event.key === "x" && rows[this.current]) {
      const box = rows[this.current].querySelector("input");
      box.checked = !box.checked;
      this.#show(rows[this.current], box.checked);
    } else if (event.key === "Enter" && rows[this.current] && event.target === document.body) {
      rows[this.current].querySelector("a").click();
    } else if (event.key === "c" && this.board?.shown.length) {
      location.href = `${this.dataset.compare}?${this.board.shown.map((id) => `run=${id}`).join("&")}&base=oldest`;
    }
  }

  #point(scroll = false) {
    const { rows } = this;
    rows.forEach((row, place) => row.classList.toggle("current", place === this.current));
    if (scroll && rows[this.current]) {
      rows[this.current].scrollIntoView({ block: "nearest" });
      this.board?.highlight(rows[this.current].dataset.run);
    }
  }
}

customElements.define("run-list", RunList);
