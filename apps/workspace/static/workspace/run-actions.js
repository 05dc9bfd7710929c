// What a member does with a run on its pages: rename, tags, notes, archive and back, delete. Each can be undone for a while.
import { isTyping } from "../core/page.js";
import { FactEditor } from "./fact-editor.js";
import { refreshPage } from "./live-page.js";
import { write } from "./table-requests.js";
import { toast } from "./toasts.js";

const KEYS = { r: "name", t: "tags", n: "notes" };
const facts = () => document.querySelector("details[data-run]");
const token = () => facts().querySelector("[name=csrfmiddlewaretoken]").value;
const title = () => document.querySelector(".run-head h1");
const editor = new FactEditor({ host: document.querySelector("main"), token, fresh: refreshPage });

function act(what) {
  const menu = facts();
  const { run, projectPage } = menu.dataset;
  const name = title().textContent.trim();
  menu.open = false;
  document.activeElement?.blur(); // a part of the page that is in use is not made anew
  if (Object.values(KEYS).includes(what)) editor.open({ run, name, what, place: title() });
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
    toast(`Nothing was changed: ${error.message}`);
  }
}

// What is deleted cannot be brought back: so it is done when there was time to say no.
function remove(run, name, projectPage) {
  const key = token();
  toast(`${name} will be deleted for ever, with all it logged.`, {
    act: "Keep it",
    gone: async () => {
      try {
        await write(`/api/v1/runs/${run}/`, "DELETE", null, key, true);
        location.assign(projectPage);
      } catch (error) {
        toast(`It was not deleted: ${error.message}`);
      }
    },
  });
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
