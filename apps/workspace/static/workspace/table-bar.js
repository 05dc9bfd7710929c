// The bar of what can be done with the selected rows. What was done is undone from the words that say it was done.
import { grouped } from "./grouping.js";
import { chooseProject } from "./project-chooser.js";
import { read, write } from "./table-requests.js";
import { toast } from "../core/toasts.js";

export class SelectionBar {
  constructor(table, selection) {
    this.table = table;
    this.selection = selection;
    this.leaving = new Set(); // ids of runs that will be deleted unless somebody says no
    this.bar = document.createElement("div");
    this.bar.className = "selection-bar";
    this.bar.setAttribute("role", "toolbar");
    this.bar.setAttribute("aria-label", "Selected runs");
    this.bar.innerHTML = BAR;
    this.bar.hidden = true;
    table.querySelector("#table-foot").before(this.bar);
    this.bar.addEventListener("click", (event) => this.#press(event.target.closest("button")?.dataset.do));
    this.bar.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#tag(event.submitter?.dataset.do ?? "tag");
    });
    for (const part of this.bar.querySelectorAll("[data-writes]")) part.hidden = !("writes" in table.dataset);
    table.addEventListener("table:selected", () => this.dress());
  }

  dress() {
    const { ids } = this.selection;
    for (const row of this.table.rows) row.classList.toggle("leaving", this.leaving.has(row.dataset.run));
    this.bar.hidden = ids.length === 0;
    if (!ids.length) return;
    const listed = new Set(this.table.rows.map((row) => row.dataset.run));
    const away = ids.filter((id) => !listed.has(id)).length;
    this.bar.querySelector("[data-role=count]").textContent = `${grouped(ids.length)} selected${away ? `, ${grouped(away)} not listed here` : ""}`;
    const pages = this.table.querySelector(".pages [rel=next], .pages [rel=first]") !== null;
    this.bar.querySelector("[data-do=all]").hidden = !(pages && this.table.querySelector("[data-act=all]")?.checked);
    const archived = new URLSearchParams(location.search).has("archived");
    const writes = "writes" in this.table.dataset;
    for (const [name, shown] of [["archive", !archived], ["restore", archived], ["delete", archived]]) this.bar.querySelector(`[data-do=${name}]`).hidden = !(writes && shown);
    this.bar.querySelector("form").hidden = !writes || archived;
    const tags = new Set([...this.table.querySelectorAll(".cell-tags .tag")].map((tag) => tag.textContent));
    this.bar.querySelector("datalist").replaceChildren(...[...tags].map((tag) => Object.assign(document.createElement("option"), { value: tag })));
  }

  compare() {
    const { ids } = this.selection;
    if (ids.length) location.href = `${this.table.dataset.compare}?${query(ids)}`;
  }

  focusTag() {
    this.bar.querySelector("input").focus();
  }

  #press(what) {
    if (what === "compare") this.compare();
    else if (what === "charts") location.href = `${this.table.dataset.charts}?${query(this.selection.ids)}`;
    else if (what === "clear") this.selection.clear();
    else if (what === "all") this.#all();
    else if (what === "archive" || what === "restore") this.#archive(what);
    else if (what === "move") this.#move();
    else if (what === "delete") this.#delete();
  }

  async #all() {
    try {
      await this.selection.all(read);
    } catch (error) {
      toast(`Not all were selected: ${error.message}`);
    }
  }

  #change(action, runs, more = {}, keepalive = false) {
    return write(`/api/v1/projects/${this.table.dataset.project}/runs/bulk/`, "POST", { action, runs, ...more }, this.table.token, keepalive);
  }

  // Does something, says so, and offers the opposite for the runs that it changed.
  async #do(action, opposite, said, more = {}) {
    try {
      const { changed, unchanged } = await this.#change(action, this.selection.ids, more);
      if (action === "archive" || action === "restore") this.selection.forget(changed);
      await this.table.load();
      const rest = unchanged ? `; ${grouped(unchanged)} ${unchanged === 1 ? "was" : "were"} so already` : "";
      toast(`${said(runs(changed.length))}${rest}.`, changed.length ? { act: "Undo", then: () => this.#undo(opposite, changed, more) } : {});
    } catch (error) {
      toast(`Nothing was changed: ${error.message}`);
    }
  }

  async #undo(action, changed, more) {
    try {
      await this.#change(action, changed, more);
      await this.table.load();
    } catch (error) {
      toast(`It was not undone: ${error.message}`);
    }
  }

  #tag(action) {
    const field = this.bar.querySelector("input");
    const tag = field.value.trim();
    if (!tag) return field.focus();
    field.value = "";
    const said = action === "tag" ? (some) => `Tagged ${some} “${tag}”` : (some) => `Took “${tag}” from ${some}`;
    this.#do(action, action === "tag" ? "untag" : "tag", said, { tag });
  }

  #archive(action) {
    const said = action === "archive" ? (some) => `Archived ${some}` : (some) => `Brought back ${some}`;
    this.#do(action, action === "archive" ? "restore" : "archive", said);
  }

  async #move() {
    const { ids } = this.selection;
    const from = this.table.dataset.project;
    const to = await chooseProject({ title: `Move ${runs(ids.length)} to`, except: from });
    if (to === null) return;
    const move = async (some, source, target) => {
      const { changed } = await write(`/api/v1/projects/${source}/runs/bulk/`, "POST", { action: "move", runs: some, project: target }, this.table.token);
      this.selection.forget(changed);
      await this.table.load();
      return changed;
    };
    try {
      const changed = await move(ids, from, to);
      const back = () => move(changed, to, from).catch((error) => toast(`It was not undone: ${error.message}`));
      toast(`Moved ${runs(changed.length)} to ${to}.`, { act: "Undo", then: back });
    } catch (error) {
      toast(`Nothing was moved: ${error.message}`, { stays: 30_000 });
    }
  }

  // What is deleted cannot be brought back: so it is done when there was time to say no.
  #delete() {
    const { ids } = this.selection;
    for (const id of ids) this.leaving.add(id);
    this.selection.clear();
    const stay = () => {
      for (const id of ids) this.leaving.delete(id);
      this.dress();
    };
    toast(`${runs(ids.length)} will be deleted for ever, with all they logged.`, {
      act: "Undo",
      then: stay,
      gone: async () => {
        try {
          await this.#change("delete", ids, {}, true);
          stay();
          await this.table.load();
        } catch (error) {
          stay();
          toast(`Nothing was deleted: ${error.message}`);
        }
      },
    });
  }
}

function runs(count) {
  return `${grouped(count)} run${count === 1 ? "" : "s"}`;
}

function query(ids) {
  return ids.map((id) => `run=${id}`).join("&");
}

const BAR = `
  <b data-role="count" role="status"></b>
  <button type="button" class="button small" data-do="all">Select all that match</button>
  <button type="button" class="button small primary" data-do="compare" title="Compare them (c)">Compare</button>
  <button type="button" class="button small" data-do="charts">Charts</button>
  <form class="bare" data-writes><input type="text" list="known-tags" maxlength="250" placeholder="tag" aria-label="Tag of the selected runs" autocomplete="off"><datalist id="known-tags"></datalist><button class="button small" data-do="tag">Tag</button><button class="button small" data-do="untag">Untag</button></form>
  <button type="button" class="button small" data-do="move" data-writes>Move</button>
  <button type="button" class="button small" data-do="archive">Archive</button>
  <button type="button" class="button small" data-do="restore">Bring back</button>
  <button type="button" class="button small danger" data-do="delete">Delete</button>
  <button type="button" class="plain link" data-do="clear">Clear</button>`;
