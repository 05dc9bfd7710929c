// Edits the name, notes or tags of a run where they stand. The whole of them is read first: pages show a part, and some time ago.
import { read, write } from "./table-requests.js";
import { toast } from "../core/toasts.js";

const EDGE = 8;
const LINES = `<kbd>Enter</kbd> saves, <kbd>Shift Enter</kbd> begins a line, <kbd>Esc</kbd> leaves`;
const FACTS = {
  name: { title: "Name", rows: 1, most: 250, hint: `<kbd>Enter</kbd> saves, <kbd>Esc</kbd> leaves` },
  notes: { title: "Notes", rows: 5, most: 100_000, hint: LINES },
  tags: { title: "Tags, with commas between them", rows: 2, most: -1, hint: `Commas between tags. <kbd>Enter</kbd> saves, <kbd>Esc</kbd> leaves` },
};

export class FactEditor {
  // host: where the editor stands while it is open. token: gives the one for requests. fresh: shows what was saved.
  // failed: may say itself what went wrong, and returns whether it did.
  constructor({ host, token, fresh, left = () => {}, failed = () => false }) {
    Object.assign(this, { host, token, fresh, left, failed });
  }

  // Opens the editor of what ("name", "notes" or "tags") of a run over a place of the page.
  async open({ run, name, what, place }) {
    this.form?.remove();
    const path = `/api/v1/runs/${run}/`;
    let before;
    try {
      before = (await read(path))[what];
    } catch (error) {
      return this.failed(error) || toast(`${name} cannot be edited: ${error.message}`);
    }
    const { title, rows, most, hint } = FACTS[what];
    const form = (this.form = document.createElement("form"));
    form.className = "cell-editor bare";
    form.dataset.editing = what;
    const field = document.createElement("textarea");
    field.rows = rows;
    if (most > 0) field.maxLength = most;
    field.value = what === "tags" ? before.join(", ") : before;
    field.setAttribute("aria-label", `${title} of ${name}`);
    const help = document.createElement("p");
    help.innerHTML = hint;
    form.append(field, help);
    this.host.append(form);
    put(form, place);
    let open = true; // removing the field blurs it, which would save
    const close = () => {
      open = false;
      form.remove();
      this.left();
    };
    const save = async () => {
      if (!open) return;
      const after = written(what, field.value);
      close();
      if (after.length === 0 && what === "name") toast("A run has a name; it was left as it is.");
      else if (String(after) !== String(before)) await this.#save(path, name, what, after, before);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && !(event.shiftKey && what === "notes")) {
        event.preventDefault();
        save();
      }
    });
    field.addEventListener("blur", () => open && save());
    field.focus();
    field.setSelectionRange(what === "name" ? 0 : field.value.length, field.value.length);
  }

  async #save(path, name, what, after, before) {
    try {
      await write(path, "PATCH", { [what]: after }, this.token());
      await this.fresh();
      toast(`Saved the ${what} of ${what === "name" ? after : name}.`, { act: "Undo", then: () => this.#back(path, what, before) });
    } catch (error) {
      if (this.failed(error)) return;
      toast(`The ${what} of ${name} ${what === "name" ? "was" : "were"} not saved: ${error.message}`, { act: "Try again", then: () => this.#save(path, name, what, after, before), stays: 30_000 });
    }
  }

  async #back(path, what, before) {
    try {
      await write(path, "PATCH", { [what]: before }, this.token());
      await this.fresh();
    } catch (error) {
      toast(`It was not undone: ${error.message}`);
    }
  }
}

function written(what, text) {
  if (what === "tags") return [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
  return what === "name" ? text.replace(/\s+/g, " ").trim() : text;
}

function put(form, place) {
  const from = place.getBoundingClientRect();
  const size = form.getBoundingClientRect();
  form.style.left = `${Math.max(EDGE, Math.min(from.left, innerWidth - size.width - EDGE))}px`;
  form.style.top = `${Math.max(EDGE, Math.min(from.top - 1, innerHeight - size.height - EDGE))}px`;
}
