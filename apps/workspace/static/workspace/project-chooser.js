// Asks for one of the projects that may be written to: some words, an arrow, Enter.
import { read } from "./table-requests.js";

const ASK_MS = 120;
const READERS = { private: "its team reads it", team: "everyone signed in reads it", public: "everyone reads it" };
const SHEET = `
  <div class="palette-field"><input type="text" role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls="project-list" maxlength="200" placeholder="Words of a team or project" autocomplete="off" autocapitalize="off" spellcheck="false"></div>
  <div id="project-list" role="listbox" aria-label="Projects"></div>
  <p class="palette-said muted" role="status"></p>`;

// Gives "team/project", or null when nobody chose. title: what it is for; except: a project that is not offered.
export function chooseProject({ title, except }) {
  return new Promise((resolve) => new Chooser(title, except, resolve));
}

class Chooser {
  constructor(title, except, resolve) {
    this.except = except;
    this.answer = null;
    this.dialog = document.createElement("dialog");
    this.dialog.className = "palette project-chooser";
    this.dialog.setAttribute("aria-label", title);
    this.dialog.innerHTML = SHEET;
    const heading = document.createElement("h2");
    heading.textContent = title;
    this.dialog.prepend(heading);
    this.field = this.dialog.querySelector("input");
    this.field.setAttribute("aria-label", title);
    this.list = this.dialog.querySelector("[role=listbox]");
    this.said = this.dialog.querySelector(".palette-said");
    this.field.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.#ask(), ASK_MS);
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("click", (event) => this.#take(event.target.closest("[role=option]")));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => {
      this.asking?.abort();
      clearTimeout(this.waiting);
      this.dialog.remove();
      resolve(this.answer);
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.field.focus();
    this.#ask();
  }

  async #ask() {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    try {
      const { projects, total } = await read(`/api/v1/projects/?${new URLSearchParams({ text: this.field.value.trim() })}`, asking.signal);
      const offered = projects.filter(({ project }) => project !== this.except);
      this.list.replaceChildren(...offered.map(option));
      this.#choose(this.list.firstElementChild);
      if (!offered.length) this.said.textContent = this.field.value.trim() ? "No other project that you may write to has these words." : "There is no other project that you may write to.";
      else this.said.textContent = total > projects.length ? `The first ${projects.length} of ${total}; type more words.` : "";
    } catch (error) {
      if (error.name !== "AbortError") this.said.textContent = error.message;
    }
  }

  #choose(next) {
    if (!next) return;
    this.chosen?.setAttribute("aria-selected", "false");
    next.setAttribute("aria-selected", "true");
    this.field.setAttribute("aria-activedescendant", next.id);
    this.chosen = next;
    next.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    event.stopPropagation();
    const options = [...this.list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) {
      event.preventDefault();
      this.#choose(options[(options.indexOf(this.chosen) + step + options.length) % options.length]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (this.list.contains(this.chosen)) this.#take(this.chosen);
    }
  }

  #take(chosen) {
    if (!chosen) return;
    this.answer = chosen.dataset.project;
    this.dialog.close();
  }
}

function option({ project, name, visibility }, at) {
  const item = document.createElement("div");
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.id = `project-${at}`;
  item.dataset.project = project;
  const title = document.createElement("span");
  title.className = "truncate";
  title.textContent = project;
  const detail = document.createElement("small");
  detail.className = "muted truncate";
  const named = name && name !== project.split("/")[1] ? `${name} · ` : "";
  detail.textContent = `${named}${READERS[visibility]}`;
  item.append(title, detail);
  return item;
}
