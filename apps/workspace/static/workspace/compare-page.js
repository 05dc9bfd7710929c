// The compare page: runs light up on the charts, keys are ignored in place, what is open stays in the address.
import { isTyping } from "../core/page.js";
import { copyText } from "../core/copy-text.js";
import { refreshPage } from "./live-page.js";
import { toast } from "../core/toasts.js";

class ComparePage extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("submit", (event) => this.#submitted(event));
    this.addEventListener("toggle", (event) => this.#toggled(event.target), true);
    this.addEventListener("pointerover", (event) => this.#over(event.target.closest("[data-run]")?.dataset.run ?? null));
    this.addEventListener("pointerleave", () => this.#over(null));
    document.addEventListener("paceline:highlight", (event) => this.#mark(event.detail.run));
    document.addEventListener("paceline:board", () => this.#mark(this.board?.highlighted ?? null));
    document.addEventListener("keydown", (event) => this.#key(event));
    customElements.whenDefined("panel-board").then(() => this.#mark(this.board?.highlighted ?? null));
    if (!location.hash && document.activeElement === document.body) this.focus({ preventScroll: true, focusVisible: false });
  }

  get board() {
    const board = this.querySelector("panel-board");
    return board?.client ? board : null;
  }

  get rows() {
    return [...this.querySelectorAll("tr[data-key]")];
  }

  #over(run) {
    if (run === this.under) return;
    this.under = run;
    this.board?.highlight(run);
  }

  #mark(run) {
    const pinned = this.board?.view.pin ?? null;
    for (const head of this.querySelectorAll("th[data-run]")) {
      head.classList.toggle("on", head.dataset.run === run);
      head.querySelector(".pin").setAttribute("aria-pressed", String(head.dataset.run === pinned));
    }
  }

  #clicked(event) {
    const target = event.target.closest("[data-act]");
    if (target?.dataset.act === "pin") this.board?.pin(target.closest("[data-run]").dataset.run);
    else if (target?.dataset.act === "copy" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#copy(target.href);
    }
  }

  async #copy(address) {
    const text = await fetch(address, { credentials: "same-origin" }).then((answer) => (answer.ok ? answer.text() : null), () => null);
    if (text === null) {
      toast("The comparison could not be read. Is the server there?");
      return;
    }
    const kept = Object.assign(document.createElement("pre"), { className: "visually-hidden", textContent: text });
    this.append(kept);
    const copied = await copyText(text, kept);
    kept.remove();
    if (copied) toast("Copied as Markdown.");
    else location.href = address;
  }

  // Ignoring and showing again happen in place; without scripts the form leads back to this page.
  async #submitted(event) {
    if (event.target.id !== "ignoring") return;
    event.preventDefault();
    const { submitter } = event;
    const typed = submitter?.dataset.act === "add" ? this.querySelector("[name=pattern]") : null;
    const key = (typed ?? submitter)?.value.trim();
    if (!key) return;
    const shows = submitter.name === "show";
    if (!(await this.#change(shows ? "show" : "key", key))) return;
    if (typed) typed.value = "";
    if (shows) toast(`${key} is shown again.`, { act: "Undo", then: () => this.#change("key", key) });
    else toast(`${key} is ignored in this project.`, { act: "Undo", then: () => this.#change("show", key) });
  }

  async #change(name, key) {
    const form = this.querySelector("#ignoring");
    const body = new URLSearchParams(new FormData(form));
    body.set("back", "");
    body.delete("pattern");
    body.set(name, key);
    const place = this.rows.findIndex((row) => row.contains(document.activeElement));
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin", redirect: "manual" }).catch(() => null);
    if (answer?.type !== "opaqueredirect") {
      toast("This could not be changed. Is the server there, and are you signed in?");
      return false;
    }
    document.activeElement?.blur(); // a part with the focus in it would stay as it is
    await refreshPage();
    const next = place < 0 ? null : this.rows[Math.min(place, this.rows.length - 1)];
    (next?.querySelector(".ignore") ?? this).focus({ preventScroll: true });
    if (name === "show" || [...this.querySelectorAll("#ignore-patterns code")].some((one) => one.textContent === key)) return true;
    toast(`${key} could not be ignored: the list takes at most 200 keys of 500 characters.`);
    return false;
  }

  #toggled(details) {
    const name = details.dataset?.equal;
    if (!name) return;
    const params = new URLSearchParams(location.search);
    const open = new Set(params.getAll("equal"));
    if (open.delete("all")) for (const one of this.querySelectorAll("[data-equal]")) open.add(one.dataset.equal);
    if (details.open) open.add(name);
    else open.delete(name);
    params.delete("equal");
    for (const one of open) params.append("equal", one);
    history.replaceState(history.state, "", `${location.pathname}?${params}${location.hash}`);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || isTyping(event.target)) return;
    if (event.key === "s") this.querySelector("[data-act=swap]")?.click();
    else if (event.key === "m") this.querySelector("[data-act=copy]").click();
    else if (event.key === "e") this.#openAll();
    else if (event.key === "j" || event.key === "k") this.#step(event.key === "j" ? 1 : -1);
    else if (event.key === "i") this.querySelector("tr.current .ignore")?.click();
  }

  #openAll() {
    const all = [...this.querySelectorAll("[data-equal]")];
    const open = all.some((one) => !one.open);
    for (const one of all) one.open = open;
  }

  #step(by) {
    const { rows } = this;
    const at = rows.findIndex((row) => row.classList.contains("current"));
    rows[at]?.classList.remove("current");
    const row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    row?.classList.add("current");
    row?.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("compare-page", ComparePage);
