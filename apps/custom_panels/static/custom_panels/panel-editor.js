// The editor of a custom panel: its text, and beside it what that draws of the project's runs.
import { toast } from "../core/toasts.js";
import { reportItems } from "../panels/into-report.js";
import { openMenu } from "../panels/panel-menu.js";
import "./code-field.js";
import { showSources } from "./data-viewer.js";
import { Draft, forgetOldDrafts } from "./drafts.js";
import { parameterControls } from "./parameters.js";
import { ask } from "../core/ask.js";
import { putOn } from "./placing.js";
import { Preview } from "./preview.js";
import { openConflict, openVersions } from "./versions-dialog.js";

const PAUSE_MS = 450; // after the last key, until it is drawn
const KEEP_MS = 300; // until the draft is kept
const MOST_PROBLEMS = 50; // listed

class PanelEditor extends HTMLElement {
  connectedCallback() {
    const part = (name) => this.querySelector(`[data-part=${name}]`);
    [this.name, this.state, this.problems, this.parameters, this.rows, this.note] = ["name", "state", "problems", "parameters", "rows", "note"].map(part);
    this.field = this.querySelector("code-field");
    this.facts = JSON.parse(document.getElementById("panel").textContent); // {id, version, name, shared, writes}
    this.chosen = {};
    this.saved = { text: "imported" in this.dataset ? "" : this.field.area.value, name: this.name.value };
    if ("imported" in this.dataset) history.replaceState(null, "", location.href); // a reload sends nothing again: the draft is kept
    this.draft = new Draft(this.facts.id ?? `${this.dataset.project}/new`);
    this.preview = new Preview(part("preview"), { project: this.dataset.project, told: (what) => this.#told(what) });
    forgetOldDrafts();
    this.#listen();
    this.#restoreDraft();
    this.#keep();
    this.#draw();
  }

  get text() {
    return this.field.value;
  }

  get panel() {
    return this.facts.id;
  }

  get #dirty() {
    return this.text !== this.saved.text;
  }

  #listen() {
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("paceline:leaving", () => this.#say("Tab leaves the text now."));
    this.name.addEventListener("change", () => this.#rename());
    this.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act) this.#act(act, event.target.closest("[data-act]"));
    });
    this.problems.addEventListener("click", (event) => {
      const { line, column } = event.target.closest("button")?.dataset ?? {};
      if (line) this.field.goTo(Number(line), Number(column));
    });
    document.addEventListener("paceline:look", () => this.#draw()); // runs have other colours then
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || document.querySelector("dialog[open]")) return;
      if (event.key === "s") {
        event.preventDefault();
        this.#save();
      } else if (event.key === "Enter") {
        event.preventDefault();
        this.preview.forget();
        this.#draw();
      }
    });
    addEventListener("beforeunload", (event) => {
      if (!this.#dirty) return;
      if (!this.#keep()) event.preventDefault(); // the browser keeps no draft: then it asks
    });
  }

  #act(act, button) {
    const acts = {
      save: () => this.#save(),
      draw: () => {
        this.preview.forget();
        this.#draw();
      },
      versions: () => openVersions({ panel: this.panel, text: this.text, restore: (text, number) => this.#replace(text, `Version ${number} is in the editor.`) }),
      menu: () => this.#menu(button),
      format: () => this.#format(),
    };
    acts[act]?.();
  }

  // ---- Typing ----

  #typed() {
    this.typed = true;
    clearTimeout(this.keeping);
    clearTimeout(this.drawing);
    this.keeping = setTimeout(() => this.#keep(), KEEP_MS);
    this.drawing = setTimeout(() => this.#draw(), PAUSE_MS);
    this.#say(this.#dirty ? "Not saved" : "");
  }

  #keep() {
    if (!this.#dirty) {
      if (this.typed) this.draft.forget();
      return true;
    }
    return this.draft.keep({ name: this.name.value, text: this.text, version: this.facts.version });
  }

  // A draft comes back by itself; where the page was asked for with another text, it is offered.
  #restoreDraft() {
    const found = this.draft.read();
    if (!found || found.text === this.saved.text) return;
    const when = new Date(found.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    if ("given" in this.dataset) {
      toast(`There is a draft of ${when} that was not saved.`, { act: "Take it", then: () => this.#replace(found.text, "The draft is in the editor.") });
      return;
    }
    const began = found.version;
    this.#put(found.text);
    if (!this.name.value) this.name.value = found.name ?? "";
    if (began) this.facts.version = began; // so that saving over a newer version is seen
    this.#say("Not saved");
    toast(`Your draft of ${when} is back.`, { act: "Discard it", then: () => this.#discard() });
  }

  #discard() {
    this.#replace(this.saved.text, "The draft is gone.");
    this.draft.forget();
  }

  // Another text in the editor, with the old one a click away.
  #replace(text, said) {
    const before = this.text;
    this.#put(text);
    this.#typed();
    toast(said, { act: "Undo", then: () => {
      this.#put(before);
      this.#typed();
    } });
  }

  #put(text) {
    this.field.value = text;
  }

  #format() {
    try {
      const text = `${JSON.stringify(JSON.parse(this.text), null, 2)}\n`;
      if (text !== this.text) this.#replace(text, "The text is indented anew.");
    } catch {
      this.#say("Only JSON can be indented: see the problems.");
    }
  }

  // ---- Drawing ----

  #draw() {
    clearTimeout(this.drawing);
    return this.preview.draw(this.text, this.chosen);
  }

  #told({ problems, answer = null, checked = null }) {
    this.field.mark(problems);
    const shown = problems.slice(0, MOST_PROBLEMS);
    this.problems.replaceChildren(...shown.map(listed));
    if (problems.length > shown.length) this.problems.append(Object.assign(document.createElement("li"), { textContent: `and ${problems.length - shown.length} more` }));
    this.problems.hidden = problems.length === 0;
    if (answer) showSources(this.rows, answer);
    if (checked && !problems.length) this.#offer(checked.parameters);
  }

  #offer(declared) {
    const now = JSON.stringify(declared);
    if (now === this.declared) return;
    this.declared = now;
    this.parameters.replaceChildren(...parameterControls(declared, this.chosen, {
      project: this.dataset.project,
      changed: (name, value) => {
        this.chosen = { ...this.chosen, [name]: value };
        this.#draw();
      },
    }));
    this.parameters.hidden = declared.length === 0;
  }

  // ---- Saving ----

  async #save() {
    if (this.saving) return;
    const body = { document: this.text, note: this.note.value.trim() };
    this.saving = true;
    this.#say("Saving …");
    try {
      if (this.panel) this.#isSaved((await ask("POST", `panels/${this.panel}/versions/`, { ...body, after: this.facts.version })).n, body.document);
      else this.#isNew(await ask("POST", `projects/${this.dataset.project}/panels/`, { ...body, name: this.#named() }), body.document);
    } catch (error) {
      if (error.status === 409) await this.#conflict();
      else this.#say(`Not saved: ${error.message}`, true);
    } finally {
      this.saving = false;
    }
  }

  #named() {
    if (!this.name.value.trim()) {
      let title = null;
      try {
        title = JSON.parse(this.text).title;
      } catch {
        title = null; // the server says what is wrong
      }
      this.name.value = (typeof title === "string" ? title : title?.text) || "Untitled panel";
    }
    return this.name.value.trim();
  }

  #isSaved(version, text) {
    this.facts = { ...this.facts, version };
    this.saved = { ...this.saved, text };
    this.note.value = "";
    if (this.#dirty) this.#keep();
    else this.draft.forget();
    this.#say(`Saved as version ${version}`);
  }

  #isNew(saved, text) {
    this.draft.forget();
    this.facts = { ...this.facts, id: saved.id };
    this.saved.name = saved.name;
    this.draft = new Draft(saved.id);
    this.#isSaved(saved.version, text);
    history.replaceState(null, "", `/${this.dataset.project}/panels/${saved.id}/edit/`);
    document.title = document.title.replace("New panel", saved.name);
    for (const one of this.querySelectorAll("[data-saved]")) one.hidden = false;
    this.#say("Saved");
  }

  async #conflict() {
    this.#say("Not saved: somebody else saved it meanwhile.", true);
    this.#keep();
    const newest = await ask("GET", `panels/${this.panel}/`);
    openConflict({
      mine: this.text,
      theirs: newest,
      keep: () => {
        this.facts.version = newest.version;
        this.#save();
      },
      take: (text, version) => {
        this.facts.version = version;
        this.saved.text = text;
        this.#replace(text, `Version ${version} is in the editor.`);
      },
    });
  }

  async #rename() {
    const name = this.name.value.trim();
    if (!this.panel || name === this.saved.name) return;
    const before = this.saved.name;
    if (!(await this.#patch({ name }))) {
      this.name.value = before;
      return;
    }
    this.saved.name = name;
    toast(`It is called ${name} now.`, { act: "Undo", then: async () => {
      this.name.value = before;
      if (await this.#patch({ name: before })) this.saved.name = before;
    } });
  }

  // ---- What else can be done with it ----

  #menu(button) {
    const { shared } = this.facts;
    const place = (page) => () => putOn(this.dataset.project, page, { id: this.panel, name: this.saved.name, parameters: this.chosen });
    openMenu(button, [
      { label: "Put on the project page", act: place("project") },
      { label: "Put on the compare page", act: place("compare") },
      ...reportItems(this.dataset.project, button, () => this.#block(), this.saved.name),
      null,
      { label: "Edit a copy", act: () => this.#fork() },
      { label: "Shared with the team", pressed: shared, act: () => this.#share(!shared) },
      { label: "Download the JSON", act: () => this.#download() },
      null,
      { label: "Archive", act: () => this.#archive(true) },
    ], "What can be done with this panel");
  }

  #block() {
    return { kind: "custom", panel: this.panel, parameters: Object.keys(this.chosen ?? {}).length ? this.chosen : null };
  }

  async #fork() {
    try {
      const made = await ask("POST", `panels/${this.panel}/fork/`, { name: `${this.saved.name} (copy)` });
      location.assign(`/${this.dataset.project}/panels/${made.id}/edit/`);
    } catch (error) {
      toast(`No copy was made: ${error.message}`);
    }
  }

  async #share(shared, undone = false) {
    if (!(await this.#patch({ shared }))) return;
    this.facts.shared = shared;
    if (!undone) toast(shared ? "The team sees it among its panels." : "It is among your own panels only.", { act: "Undo", then: () => this.#share(!shared, true) });
  }

  async #archive(archived) {
    if (!(await this.#patch({ archived }))) return;
    if (archived) toast("It is archived: no gallery lists it.", { act: "Undo", then: () => this.#archive(false) });
    else toast("It is back.");
  }

  async #patch(change) {
    try {
      await ask("PATCH", `panels/${this.panel}/`, change);
      return true;
    } catch (error) {
      toast(`Nothing was changed: ${error.message}`);
      return false;
    }
  }

  #download() {
    const link = Object.assign(document.createElement("a"), { download: `${this.saved.name.replace(/[^\w.-]+/g, "-") || "panel"}.json` });
    link.href = URL.createObjectURL(new Blob([this.text], { type: "application/json" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  #say(text, wrong = false) {
    this.state.textContent = text;
    this.state.classList.toggle("problem", wrong);
  }
}

function listed({ line, column, message }) {
  const item = document.createElement("li");
  if (!line) {
    item.append(message);
    return item;
  }
  const button = item.appendChild(Object.assign(document.createElement("button"), { type: "button" }));
  Object.assign(button.dataset, { line, column });
  button.append(Object.assign(document.createElement("b"), { textContent: `${line}:${column}` }), ` ${message}`);
  return item;
}

customElements.define("panel-editor", PanelEditor);
