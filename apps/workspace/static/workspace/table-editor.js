// Edits the notes and tags of a run where they stand. The whole of them is read first: cells show a part, and some time ago.
import { read, write } from "./table-requests.js";
import { toast } from "./toasts.js";

const EDGE = 8;
const WORDS = { notes: "Notes", tags: "Tags, with commas between them" };

export class CellEditor {
  constructor(table) {
    this.table = table;
    table.addEventListener("dblclick", (event) => this.#asked(event));
    table.addEventListener("click", (event) => event.target.closest("[data-act=edit]") && this.#asked(event));
  }

  #asked(event) {
    const cell = event.target.closest("td[data-edit]");
    if (cell && "writes" in this.table.dataset) this.open(cell.closest("tr"), cell.dataset.edit);
  }

  // Opens the editor of what ("notes" or "tags") over a row.
  async open(row, what) {
    this.form?.remove();
    const run = `/api/v1/runs/${row.dataset.run}/`;
    let before;
    try {
      before = (await read(run))[what];
    } catch (error) {
      return toast(`${row.dataset.name} cannot be edited: ${error.message}`);
    }
    const form = (this.form = document.createElement("form"));
    form.className = "cell-editor bare";
    form.dataset.editing = what;
    const field = document.createElement("textarea");
    field.rows = what === "notes" ? 5 : 2;
    field.value = what === "notes" ? before : before.join(", ");
    field.setAttribute("aria-label", `${WORDS[what]} of ${row.dataset.name}`);
    const hint = document.createElement("p");
    hint.innerHTML = what === "notes" ? `<kbd>Enter</kbd> saves, <kbd>Shift Enter</kbd> begins a line, <kbd>Esc</kbd> leaves` : `Commas between tags. <kbd>Enter</kbd> saves, <kbd>Esc</kbd> leaves`;
    form.append(field, hint);
    this.table.append(form);
    this.#put(form, row.querySelector(`[data-edit=${what}]`) ?? row.querySelector("th.name"));
    let open = true; // removing the field blurs it, which would save
    const close = () => {
      open = false;
      form.remove();
      this.table.box.focus({ preventScroll: true });
    };
    const save = async () => {
      if (!open) return;
      const after = what === "notes" ? field.value : [...new Set(field.value.split(",").map((tag) => tag.trim()).filter(Boolean))];
      close();
      if (String(after) !== String(before)) await this.#save(run, row.dataset.name, what, after, before);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        save();
      }
    });
    field.addEventListener("blur", () => open && save());
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  async #save(run, name, what, after, before) {
    try {
      await write(run, "PATCH", { [what]: after }, this.table.token);
      await this.table.load({ quiet: true });
      toast(`Saved the ${what} of ${name}.`, { act: "Undo", then: () => this.#back(run, what, before) });
    } catch (error) {
      toast(`The ${what} of ${name} were not saved: ${error.message}`, { act: "Try again", then: () => this.#save(run, name, what, after, before), stays: 30_000 });
    }
  }

  async #back(run, what, before) {
    try {
      await write(run, "PATCH", { [what]: before }, this.table.token);
      await this.table.load({ quiet: true });
    } catch (error) {
      toast(`It was not undone: ${error.message}`);
    }
  }

  #put(form, cell) {
    const from = cell.getBoundingClientRect();
    const size = form.getBoundingClientRect();
    form.style.left = `${Math.max(EDGE, Math.min(from.left, innerWidth - size.width - EDGE))}px`;
    form.style.top = `${Math.max(EDGE, Math.min(from.top - 1, innerHeight - size.height - EDGE))}px`;
  }
}
