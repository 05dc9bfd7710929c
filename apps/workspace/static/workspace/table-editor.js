// Opens the editor of notes and tags over a cell of the run table.
import { FactEditor } from "./fact-editor.js";

export class CellEditor {
  constructor(table) {
    this.table = table;
    this.editor = new FactEditor({
      host: table,
      token: () => table.token,
      fresh: () => table.load({ quiet: true }),
      left: () => table.box.focus({ preventScroll: true }),
    });
    table.addEventListener("dblclick", (event) => this.#asked(event));
    table.addEventListener("click", (event) => event.target.closest("[data-act=edit]") && this.#asked(event));
  }

  #asked(event) {
    const cell = event.target.closest("td[data-edit]");
    if (cell && "writes" in this.table.dataset) this.open(cell.closest("tr"), cell.dataset.edit);
  }

  // Opens the editor of what ("notes" or "tags") over a row.
  open(row, what) {
    const place = row.querySelector(`[data-edit=${what}]`) ?? row.querySelector("th.name");
    return this.editor.open({ run: row.dataset.run, name: row.dataset.name, what, place });
  }
}
