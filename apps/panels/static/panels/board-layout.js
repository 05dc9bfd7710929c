// Which panels are hidden, where they stand and how large they are: changed here, kept on the server, undone in one click.
import { toast } from "../core/toasts.js";
import { openMenu } from "./panel-menu.js";
import { changeProject } from "./project-changes.js";

const PREFIX = "size-"; // of a figure's class
const SIZES = { "": [1, 1], wide: [2, 1], tall: [1, 2], large: [2, 2] }; // columns, rows
const NOTHING = { hidden: [], order: {}, sizes: {} };

export class BoardLayout {
  constructor(board) {
    this.board = board;
    this.now = NOTHING;
  }

  // What the page says of its layout; a report has none.
  take({ layout, kept_by: keptBy, has_team: hasTeam, project, keeps, writes }) {
    if (!layout || this.saving) return;
    this.now = layout;
    Object.assign(this, { keptBy, hasTeam, project, keeps, writes });
  }

  // Sets a figure to its size.
  fit(figure, key) {
    for (const name of Object.keys(SIZES)) if (name) figure.classList.toggle(PREFIX + name, name === this.now.sizes[key]);
  }

  hide(key) {
    this.#change({ hidden: [...this.now.hidden, key] }, `${key} is hidden.`);
  }

  show(keys) {
    this.#change({ hidden: this.now.hidden.filter((key) => !keys.includes(key)) }, keys.length === 1 ? `${keys[0]} is shown again.` : `${keys.length} charts are shown again.`);
  }

  sizeOf(key) {
    return SIZES[this.now.sizes[key] ?? ""];
  }

  resize(key, [columns, rows]) {
    const name = Object.keys(SIZES).find((one) => SIZES[one][0] === Math.max(1, Math.min(2, columns)) && SIZES[one][1] === Math.max(1, Math.min(2, rows)));
    if (name === (this.now.sizes[key] ?? "")) return;
    const { [key]: _, ...sizes } = this.now.sizes;
    if (name) sizes[key] = name;
    this.#change({ sizes }, `${key} has another size.`);
  }

  // Moves a panel within its section: by places, or before another key.
  move(key, { by = 0, before = null }) {
    const section = this.board.sections.known.find(({ panels }) => panels.some((panel) => panel.key === key));
    const keys = this.board.sections.shownOf(section).map((panel) => panel.key);
    const from = keys.indexOf(key);
    const to = before === null ? from + by : keys.indexOf(before);
    if (to < 0 || to >= keys.length || to === from) return;
    keys.splice(from, 1);
    keys.splice(to, 0, key);
    this.#change({ order: { ...this.now.order, [section.name]: keys.slice(0, Math.max(from, to, (this.now.order[section.name]?.length ?? 0) - 1) + 1) } }, `${key} was moved.`);
    this.board.panelOf(key)?.closest("figure").querySelector("[data-act=menu]").focus({ preventScroll: true });
  }

  #change(change, said) {
    const before = this.now;
    this.#show({ ...before, ...change });
    this.#save("PUT", { layout: this.now });
    toast(said, { act: "Undo", then: () => {
      this.#show(before);
      this.#save("PUT", { layout: before });
    } });
  }

  #show(layout) {
    const resized = new Set([...Object.keys(this.now.sizes), ...Object.keys(layout.sizes)].filter((key) => this.now.sizes[key] !== layout.sizes[key]));
    this.now = layout;
    this.board.sections.arrange();
    requestAnimationFrame(() => this.board.redraw((panel) => resized.has(panel.key)));
    this.board.refresh();
  }

  // One change after another; who is not signed in changes only what this page shows.
  async #save(method, body = null, query = "") {
    if (!this.keeps) return;
    if (method === "PUT") this.keptBy = body.whose ?? "you";
    this.saving = (this.saving ?? Promise.resolve()).then(async () => {
      const said = await changeProject(this.project, `layout/${query}`, method, body);
      if (!said) return;
      this.keptBy = said.kept_by;
      this.hasTeam = said.has_team;
      if (method === "DELETE") this.#show(said.layout);
    });
    const mine = this.saving;
    await mine;
    if (this.saving === mine) this.saving = null;
  }

  // The menu of the whole layout.
  open(button) {
    const { hidden } = this.now;
    const items = hidden.slice(0, 30).map((key) => ({ label: `Show ${key}`, act: () => this.show([key]) }));
    if (hidden.length > 1) items.push({ label: `Show all ${hidden.length} hidden charts`, act: () => this.show(hidden) });
    if (items.length) items.push(null);
    if (this.writes) items.push({ label: "Save for the team", act: () => this.#share() });
    if (this.keptBy === "you" || !this.keeps) items.push({ label: this.hasTeam ? "Back to the team's layout" : "Back to the usual layout", act: () => this.#reset("me") });
    if (this.writes && this.hasTeam) items.push({ label: "Take away the team's layout", act: () => this.#reset("team") });
    if (items.length === 0) items.push({ label: "Nothing is hidden or moved", act: () => {} });
    openMenu(button, items, "Layout of the charts");
  }

  async #share() {
    await this.#save("PUT", { layout: this.now, whose: "team" });
    if (this.keptBy === "team") toast("Everybody without a layout of their own sees the charts like this.");
  }

  async #reset(whose) {
    const before = this.now;
    if (!this.keeps) this.#show(NOTHING);
    else await this.#save("DELETE", null, `?whose=${whose}`);
    const body = whose === "team" ? { layout: before, whose } : { layout: before };
    toast("The layout is back to what it was.", { act: "Undo", then: () => {
      this.#show(before);
      this.#save("PUT", body);
    } });
  }
}
