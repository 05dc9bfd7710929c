// Saved views of the run table: opened by their links, saved, changed and deleted here.
import { write } from "./table-requests.js";
import { toast } from "../core/toasts.js";

export function watchViews(table) {
  table.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-view-form]")) return;
    event.preventDefault();
    const { name, shared, is_default } = event.target.elements;
    const facts = { name: name.value, query: look(), shared: Boolean(shared?.checked || is_default?.checked), is_default: Boolean(is_default?.checked) };
    change(table, event.target.dataset.views, "POST", facts, (view) => `Saved the view ${view.name}.`);
  });
  table.addEventListener("click", (event) => {
    const button = event.target.closest("[data-view-act]");
    if (button?.dataset.viewAct === "save") change(table, button.dataset.view, "PATCH", { query: look() }, (view) => `Saved the view ${view.name}.`);
    else if (button?.dataset.viewAct === "delete") remove(table, button.dataset.view, button.textContent.trim());
  });
}

async function change(table, path, method, facts, said) {
  try {
    const view = await write(path, method, facts, table.token);
    const params = new URLSearchParams(location.search);
    params.delete("fresh");
    params.set("view", view.id);
    close(table);
    await table.go(`?${params}`, { replace: true });
    toast(said(view));
  } catch (error) {
    toast(`The view was not saved: ${error.message}`);
  }
}

// A view goes when there was time to say no.
function remove(table, path, words) {
  close(table);
  toast(`${words}: it will be gone in a moment.`, {
    act: "Undo",
    then: () => {},
    gone: async () => {
      try {
        await write(path, "DELETE", null, table.token, true);
        const params = new URLSearchParams(location.search);
        params.delete("view");
        await table.go(`?${params.size ? params : "fresh=1"}`, { replace: true });
      } catch (error) {
        toast(`The view was not deleted: ${error.message}`);
      }
    },
  });
}

function close(table) {
  table.querySelector("#views-menu").hidePopover();
}

// How the table looks now, without its place in the list.
function look() {
  const params = new URLSearchParams(location.search);
  for (const name of ["view", "cursor", "fresh"]) params.delete(name);
  return params.toString();
}
