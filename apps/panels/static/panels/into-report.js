// Puts a panel into a report: into the one that was chosen last in one step, into another or a new one in two.
import { ask } from "../core/ask.js";
import { toast } from "../core/toasts.js";
import { openMenu } from "./panel-menu.js";

const MOST = 12; // reports that are offered

// block: {kind, …}, what reports/kinds/ reads; a value is text, number, boolean, list or mapping. Returns YAML, of which JSON is a part.
export function blockText(block) {
  const said = Object.entries(block).filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return said.map(([name, value]) => `${name}: ${name === "kind" ? value : JSON.stringify(value)}`).join("\n");
}

// The entries of a menu. project: "team/project"; button: what opened the menu; make(): the block, or a promise of it; name: what the words call it.
export function reportItems(project, button, make, name) {
  const last = lastReport(project);
  const items = [{ label: "Put into a report…", act: () => chooseReport(project, button, make, name) }];
  if (last) items.unshift({ label: `Put into “${short(last.title)}”`, act: () => put(project, last, make, name) });
  return items;
}

export async function chooseReport(project, button, make, name) {
  let reports = [];
  try {
    ({ reports } = await ask("GET", `projects/${project}/reports/`));
  } catch (error) {
    toast(`The reports could not be listed: ${error.message}`);
    return;
  }
  const known = reports.slice(0, MOST).map((one) => ({ label: short(one.title), act: () => put(project, one, make, name) }));
  const fresh = { label: "A new report", act: () => put(project, null, make, name) };
  openMenu(button, known.length ? [...known, null, fresh] : [fresh], "Into which report");
}

// report: {id, title}, null for a new one.
async function put(project, report, make, name) {
  try {
    const text = blockText(await make());
    const saved = report
      ? await ask("POST", `reports/${report.id}/blocks/`, { block: text })
      : await ask("POST", `projects/${project}/reports/`, { title: name.slice(0, 200), markdown: `\`\`\`panel\n${text}\n\`\`\`\n`, note: `Began with ${name}`.slice(0, 200) });
    remember(project, saved);
    said(project, saved, name, report);
  } catch (error) {
    if (error.status === 404 && report) forget(project);
    toast(`Nothing was put into the report: ${error.message}`);
  }
}

function said(project, saved, name, report) {
  const words = document.createElement("span");
  const link = Object.assign(document.createElement("a"), { href: `/r/${saved.id}/draft/`, textContent: short(saved.title) });
  words.append(`${name} is in `, link, ".");
  toast(words, report ? { act: "Undo", then: () => undo(saved) } : {});
}

// The text before is the newest again; both stay among the revisions.
async function undo(saved) {
  try {
    await ask("POST", `reports/${saved.id}/revisions/${saved.revision - 1}/restore/`, { revision: saved.revision });
    toast(`${short(saved.title)} is as it was.`);
  } catch (error) {
    toast(`Nothing was changed: ${error.message}`);
  }
}

function lastReport(project) {
  try {
    return JSON.parse(localStorage.getItem(`paceline:report:${project}`));
  } catch {
    return null; // a browser that keeps nothing
  }
}

function remember(project, { id, title }) {
  try {
    localStorage.setItem(`paceline:report:${project}`, JSON.stringify({ id, title }));
  } catch {
    // a browser that keeps nothing asks each time
  }
}

function forget(project) {
  try {
    localStorage.removeItem(`paceline:report:${project}`);
  } catch {
    // there is nothing then
  }
}

function short(text) {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

// A block of the query of its picture: ?run=…&base=…&key=….
export function blockOfQuery(kind, query) {
  const { run, base, ...asked } = [...new URLSearchParams(query)].reduce((found, [name, value]) => ({ ...found, [name]: name === "run" ? [...(found.run ?? []), value] : value }), {});
  return { kind, ...asked, runs: run, baseline: base };
}

// Buttons of pages that the server makes: data-into-report is the kind of block, data-query what it shows.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-into-report]");
  if (!button) return;
  const { intoReport, query, project, name } = button.dataset;
  openMenu(button, reportItems(project, button, () => blockOfQuery(intoReport, query), name), "Into a report");
});
