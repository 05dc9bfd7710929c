// The panels of a project: found by name, put on its pages, copied, archived; and one made of a file or of what was pasted.
import { toast } from "../core/toasts.js";
import { reportItems } from "../panels/into-report.js";
import { openMenu } from "../panels/panel-menu.js";
import "./custom-panel.js";
import { ask } from "../core/ask.js";
import { putOn } from "./placing.js";

class PanelGallery extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("[data-filter]");
    this.none = this.querySelector("[data-part=none]");
    this.field?.addEventListener("input", () => this.#search());
    this.addEventListener("click", (event) => this.#clicked(event));
    this.#search(); // what a reload kept in the field
  }

  #search() {
    const words = this.field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const section of this.querySelectorAll("[data-kind]")) {
      let here = 0;
      for (const card of section.querySelectorAll("[data-words]")) {
        card.hidden = !words.every((word) => card.dataset.words.toLowerCase().includes(word));
        here += card.hidden ? 0 : 1;
      }
      section.hidden = words.length > 0 && here === 0;
      found += here;
    }
    this.none.hidden = words.length === 0 || found > 0;
  }

  #clicked(event) {
    const button = event.target.closest("[data-act]");
    const card = button?.closest("[data-words]");
    if (button?.dataset.act === "import") document.getElementById("import").showModal();
    else if (card && button.dataset.act === "use") this.#use(card, "project");
    else if (card && button.dataset.act === "bring-back") this.#archive(card, false);
    else if (card && button.dataset.act === "menu") this.#menu(card, button);
  }

  async #use(card, page) {
    try {
      const id = await this.#saved(card);
      await putOn(this.dataset.project, page, { id, name: card.dataset.name, parameters: this.#chosen(card) });
    } catch (error) {
      toast(`Nothing was changed: ${error.message}`);
    }
  }

  // The id of the card's panel. An example becomes a panel of the project first.
  async #saved(card) {
    const { name, document: script } = card.dataset;
    if (!card.dataset.panel) {
      const made = { name, document: JSON.parse(document.getElementById(script).textContent), note: "An example of the gallery" };
      card.dataset.panel = (await ask("POST", `projects/${this.dataset.project}/panels/`, made)).id;
    }
    return card.dataset.panel;
  }

  #chosen(card) {
    return card.querySelector("custom-panel")?.chosen ?? {};
  }

  #menu(card, button) {
    const { panel, edits, copies } = card.dataset;
    const items = [
      { label: "Put on the project page", act: () => this.#use(card, "project") },
      { label: "Put on the compare page", act: () => this.#use(card, "compare") },
      ...reportItems(this.dataset.project, button, async () => ({ kind: "custom", panel: await this.#saved(card), parameters: asked(this.#chosen(card)) }), card.dataset.name),
      null,
      ...(edits ? [{ label: "Edit", act: () => location.assign(edits) }] : []),
      { label: "Edit a copy", act: () => (copies ? location.assign(copies) : this.#fork(card)) },
    ];
    if (panel && edits) items.push(null, { label: "Archive", act: () => this.#archive(card, true) });
    openMenu(button, items, `What can be done with ${card.dataset.name}`);
  }

  async #fork(card) {
    try {
      const made = await ask("POST", `panels/${card.dataset.panel}/fork/`, { name: `${card.dataset.name} (copy)`.slice(0, 120) });
      location.assign(`/${this.dataset.project}/panels/${made.id}/edit/`);
    } catch (error) {
      toast(`No copy was made: ${error.message}`);
    }
  }

  async #archive(card, archived, undone = false) {
    try {
      await ask("PATCH", `panels/${card.dataset.panel}/`, { archived });
      card.hidden = archived !== ("archived" in this.dataset);
      toast(archived ? `Archived ${card.dataset.name}.` : `Brought ${card.dataset.name} back.`, undone ? {} : { act: "Undo", then: () => this.#archive(card, !archived, true) });
    } catch (error) {
      toast(`Nothing was changed: ${error.message}`);
    }
  }
}

// Parameters as a block of a report has them; null without any.
function asked(chosen) {
  return Object.keys(chosen).length ? chosen : null;
}

customElements.define("panel-gallery", PanelGallery);

// The dialog of an import: a file goes into its field, where it can be looked at first.
const dialog = document.getElementById("import");
dialog?.querySelector("input[type=file]").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (file) dialog.querySelector("textarea").value = await file.text();
});
dialog?.querySelector("[data-act=cancel]").addEventListener("click", () => dialog.close());
