// What a member does with a run on its pages: rename, tags, notes, move, archive and back, delete. Each can be undone for a while.
import { isTyping } from "../core/page.js";
import { FactEditor } from "./fact-editor.js";
import { refreshPage } from "./live-page.js";
import { chooseProject } from "./project-chooser.js";
import { write } from "./table-requests.js";
import { toast } from "../core/toasts.js";

const KEYS = { r: "name", t: "tags", n: "notes", m: "move" };
const FACTS = ["name", "tags", "notes"];
const facts = () => document.querySelector("details[data-run]");
const token = () => facts().querySelector("[name=csrfmiddlewaretoken]").value;
const title = () => document.querySelector(".run-head h1");
const editor = new FactEditor({ host: document.querySelector("main"), token, fresh: refreshPage, failed: missing });

function act(what) {
  const menu = facts();
  const { run, project, projectPage } = menu.dataset;
  const name = title().textContent.trim();
  menu.open = false;
  document.activeElement?.blur(); // a part of the page that is in use is not made anew
  if (FACTS.includes(what)) editor.open({ run, name, what, place: title() });
  else if (what === "move") move(run, name, project);
  else if (what === "delete") remove(run, name, projectPage);
  else change(run, name, what);
}

async function change(run, name, what, undone = false) {
  const opposite = what === "archive" ? "restore" : "archive";
  try {
    await write(`/api/v1/runs/${run}/${what}/`, "POST", null, token());
    await refreshPage();
    if (!undone) toast(what === "archive" ? `Archived ${name}.` : `Brought ${name} back.`, { act: "Undo", then: () => change(run, name, opposite, true) });
  } catch (error) {
    if (!missing(error)) toast(`Nothing was changed: ${error.message}`);
  }
}

async function move(run, name, from) {
  const to = await chooseProject({ title: `Move ${name} to`, except: from });
  if (to !== null) await moved(run, name, to, from);
}

async function moved(run, name, to, from, undone = false) {
  try {
    await write(`/api/v1/runs/${run}/move/`, "POST", { project: to }, token());
    await refreshPage();
    if (!undone) toast(`Moved ${name} to ${to}.`, { act: "Undo", then: () => moved(run, name, from, to, true) });
  } catch (error) {
    if (!missing(error)) toast(`Nothing was moved: ${error.message}`, { stays: 30_000 });
  }
}

// Of a run that somebody deleted while its page was open, says so, and the way back. Returns whether it is so.
function missing(error) {
  if (error.status !== 404) return false;
  refreshPage(); // which lets the page say it too
  toast(`Nothing was changed: ${error.message} It was deleted meanwhile, or it is no longer yours to change.`, {
    act: "To its project",
    then: () => location.assign(facts().dataset.projectPage),
    stays: 60_000,
  });
  return true;
}

// What is deleted cannot be brought back: so it is done when there was time to say no.
function remove(run, name, projectPage) {
  const key = token();
  toast(`${name} will be deleted for ever, with all it logged.`, {
    act: "Keep it",
    gone: () => removeNow(run, projectPage, key, ""),
  });
}

// A run that was published in a report goes only when that is agreed to as well; what was published stays.
async function removeNow(run, projectPage, key, agreed) {
  try {
    await write(`/api/v1/runs/${run}/${agreed}`, "DELETE", null, key, true);
    location.assign(projectPage);
  } catch (error) {
    if (missing(error)) return;
    if (error.code !== "run_published") toast(`It was not deleted: ${error.message}`);
    else {
      toast("It was not deleted: it was published in a report, which stays as it is without the run.", {
        act: "Delete it all the same",
        then: () => removeNow(run, projectPage, key, "?despite_published=true"),
        stays: 60_000,
      });
    }
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-run-act]");
  if (button) act(button.dataset.runAct);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
  if (KEYS[event.key] && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    act(KEYS[event.key]);
  }
});
