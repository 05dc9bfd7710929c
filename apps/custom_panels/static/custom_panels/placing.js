// Puts panels on the pages of a project, and takes them away: each can be undone for a while.
import { toast } from "../core/toasts.js";
import { ask } from "../core/ask.js";

export const PAGES = { project: "the project page", compare: "the compare page" };

// The panels of a page, in order: [{panel, parameters}].
export async function placesOf(project, page) {
  return (await ask("GET", `projects/${project}/panel-places/${page}/`)).panels;
}

export function keepPlaces(project, page, panels) {
  return ask("PUT", `projects/${project}/panel-places/${page}/`, { panels });
}

// Puts a panel at the end of a page. id: of the panel; name: what the words call it; parameters: the chosen values.
export async function putOn(project, page, { id, name, parameters = {} }) {
  try {
    const before = await placesOf(project, page);
    if (before.some(({ panel }) => panel === id)) return toast(`${name} is on ${PAGES[page]} already.`);
    await keepPlaces(project, page, [...before, { panel: id, parameters }]);
    toast(`${name} is on ${PAGES[page]} now.`, { act: "Undo", then: () => restore(project, page, before) });
  } catch (error) {
    toast(`Nothing was changed: ${error.message}`);
  }
  return undefined;
}

export async function restore(project, page, before, done = () => {}) {
  try {
    await keepPlaces(project, page, before);
    done();
  } catch (error) {
    toast(`Nothing was changed: ${error.message}`);
  }
}
