// The report editor: a preview as you type, and a warning before unsaved words are lost.
import { changedRange } from "./changed-range.js";
import { setHeights } from "./report.js";

const PAUSE_MS = 500; // after the last key

const form = document.querySelector("[data-editor]");
const title = form.elements.title;
const markdown = form.elements.markdown;
const state = form.querySelector("[data-part=state]");
const pane = form.querySelector("[data-part=preview]");
const body = form.querySelector("[data-part=preview-body]");
const before = form.querySelector("[role=alert]") ? null : content(); // a refused text is not saved: leaving it warns
let saving = false;
let timer = 0;
let asking = null;
let drawn = null; // the source of each element of the preview, before charts came to life

function content() {
  return `${title.value}\n${markdown.value}`;
}

function dirty() {
  return content() !== before;
}

// Signing in again in another tab changes the token; the cookie has the one that counts.
function freshToken() {
  const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (found) form.elements.csrfmiddlewaretoken.value = found[1];
}

function say() {
  const bytes = new TextEncoder().encode(markdown.value).length;
  const most = Number(form.dataset.most);
  state.classList.toggle("problem", bytes > most);
  if (bytes > most) state.textContent = `${bytes.toLocaleString()} of ${most.toLocaleString()} bytes`;
  else state.textContent = dirty() ? "Not saved" : "";
}

// Puts fresh elements in place of those that differ, so that charts of untouched blocks stay mounted.
function replace(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const elements = [...page.body.children].map((element) => document.importNode(element, true));
  const sources = elements.map((element) => element.outerHTML);
  if (drawn === null || drawn.length !== body.children.length) body.replaceChildren(...elements);
  else {
    const { start, oldEnd, freshEnd } = changedRange(drawn, sources);
    const next = body.children[oldEnd] ?? null;
    for (const gone of [...body.children].slice(start, oldEnd)) gone.remove();
    for (const element of elements.slice(start, freshEnd)) body.insertBefore(element, next);
  }
  drawn = sources;
  setHeights(body);
}

async function preview() {
  asking?.abort();
  asking = new AbortController();
  pane.classList.add("asking");
  freshToken();
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), signal: asking.signal });
    const html = await answer.text();
    if (answer.headers.has("X-Fragment")) replace(html);
    else if (answer.redirected) replace('<p class="problem">You are signed out. Sign in again in another tab, then save here: your text is still in this page.</p>');
    else replace(`<p class="problem">The preview could not be made (${answer.status}). Your text is safe; saving may still work.</p>`);
  } catch (error) {
    if (error.name === "AbortError") return;
    replace('<p class="problem">The server does not answer. Your text is safe here; the preview comes back with it.</p>');
  }
  pane.classList.remove("asking");
}

function typed() {
  say();
  clearTimeout(timer);
  timer = setTimeout(preview, PAUSE_MS);
}

form.addEventListener("input", typed);
form.addEventListener("submit", (event) => {
  if (event.submitter?.value === "preview") {
    event.preventDefault();
    preview();
    return;
  }
  freshToken();
  saving = true;
});
window.addEventListener("beforeunload", (event) => {
  if (!saving && dirty()) event.preventDefault();
});
window.addEventListener("pageshow", () => {
  saving = false; // back from the report's page
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[value=save]"));
  }
});

form.querySelector("[data-part=preview-button]").hidden = true;
say();
preview();
