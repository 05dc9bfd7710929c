// The report editor: a preview as you type; what is not saved is kept, and offered when the editor opens next.
import { Autosave, forgetLocal, localWords } from "./autosave.js";
import { BlockPicker } from "./block-picker.js";
import { changedRange } from "./changed-range.js";
import { editorKeys, link, mark } from "./editor-keys.js";
import { PictureDrop } from "./picture-drop.js";
import { setHeights } from "./report.js";

const LARGE = 200_000; // characters; of a longer text, browsers take long to say what it is, and to check its spelling
const PAUSE_MS = 500; // after the last key; a preview that takes longer is waited for twice as long

const form = document.querySelector("[data-editor]");
const { title, markdown } = form.elements;
const state = form.querySelector("[data-part=state]");
const pane = form.querySelector("[data-part=preview]");
const body = form.querySelector("[data-part=preview-body]");
const unsaved = document.querySelector(".editor [role=alert], .editor [data-part=merged]") || form.elements.draft;
const before = unsaved ? null : content(); // refused, merged or restored words are not saved
const place = `${form.dataset.person} ${form.elements.report.value || form.elements.project.value}`;
let saving = false;
let large = false;
let timer = 0;
let asking = false;
let stale = false;
let tookMs = 0;
let drawn = null; // the source of each element of the preview, before charts came to life

function content() {
  return `${title.value}\n${markdown.value}`;
}

function dirty() {
  return content() !== before;
}

function words() {
  return { title: title.value, markdown: markdown.value, revision: form.elements.base.value };
}

// Signing in again in another tab changes the token; the cookie has the one that counts.
function freshToken() {
  const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (found) form.elements.csrfmiddlewaretoken.value = found[1];
}

function clock(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

form.elements.editor.value ||= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.slice(0, 40);
const autosave = new Autosave({
  url: form.dataset.autosave,
  place,
  name: form.elements.editor.value,
  words,
  body() {
    freshToken();
    const data = new FormData(form);
    data.set("revision", form.elements.base.value);
    return data;
  },
  say(answer) {
    if (answer?.newest) sayNewer(answer.newest);
    if (content() === autosave.kept) forgetLocal(place, autosave.name);
    if (!dirty()) say();
    else if (answer === null) state.textContent = "Kept in this browser only: the server does not answer";
    else if (answer.code) state.textContent = answer.message;
    else if (content() === autosave.kept) state.textContent = `Draft kept ${clock(answer.kept_at ?? Date.now())}`;
  },
});

function sayNewer({ revision, by, saved_at }) {
  const notice = document.querySelector("[data-part=newer]");
  if (!notice || document.querySelector(".editor [role=alert]")) return;
  const said = `${by ?? "Somebody"} saved revision ${revision} at ${clock(saved_at)}; your text is based on revision ${form.elements.base.value}.`;
  const line = notice.querySelector("[data-part=newer-words]");
  if (line.textContent !== said) line.textContent = said;
  notice.hidden = false;
}

function say() {
  const most = Number(form.dataset.most);
  const text = markdown.value;
  const bytes = text.length * 3 > most ? new TextEncoder().encode(text).length : 0;
  large = text.length > LARGE;
  markdown.spellcheck = !large;
  state.classList.toggle("problem", bytes > most);
  if (bytes > most) state.textContent = `${bytes.toLocaleString()} of ${most.toLocaleString()} bytes`;
  else if (!dirty()) state.textContent = "";
  else if (content() !== autosave.kept) state.textContent = "Not saved";
}

// Puts fresh elements in place of those that differ, so that charts of untouched blocks stay mounted.
function replace(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const elements = [...page.body.children];
  const sources = elements.map((element) => element.outerHTML);
  const same = drawn !== null && drawn.length === body.children.length;
  const { start, oldEnd, freshEnd } = same ? changedRange(drawn, sources) : { start: 0, oldEnd: body.children.length, freshEnd: elements.length };
  const next = body.children[oldEnd] ?? null;
  const gone = document.createRange();
  if (oldEnd > start) {
    gone.setStartBefore(body.children[start]);
    gone.setEndAfter(body.children[oldEnd - 1]);
    gone.deleteContents();
  } else if (!body.children.length) body.replaceChildren();
  const fresh = document.createDocumentFragment();
  for (const element of elements.slice(start, freshEnd)) fresh.append(document.importNode(element, true));
  body.insertBefore(fresh, next);
  drawn = sources;
  setHeights(body);
}

// One at a time; what was typed meanwhile is asked for afterwards.
async function preview() {
  if (asking) {
    stale = true;
    return;
  }
  asking = true;
  stale = false;
  if (large) say();
  clearTimeout(timer);
  pane.classList.add("asking");
  freshToken();
  const began = performance.now();
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
    const html = await answer.text();
    if (answer.headers.has("X-Fragment")) replace(html);
    else if (answer.redirected) replace('<p class="problem">You are signed out. Sign in again in another tab, then save here: your text is still in this page.</p>');
    else replace(`<p class="problem">The preview could not be made (${answer.status}). Your text is safe; saving may still work.</p>`);
  } catch {
    replace('<p class="problem">The server does not answer. Your text is safe here; the preview comes back with it.</p>');
  }
  tookMs = performance.now() - began;
  asking = false;
  pane.classList.remove("asking");
  if (stale) later();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(preview, Math.max(PAUSE_MS, 2 * tookMs));
}

function typed() {
  if (large) state.textContent = "Not saved"; // the rest at the next preview
  else say();
  autosave.typed(large);
  later();
}

// Words that this browser kept and the server never got: after a crash, or while the server was away.
function offerLocal() {
  const offers = [...document.querySelectorAll("[data-part=offer]")];
  const revision = Number(form.elements.revision.value) || 0;
  for (const one of localWords(place)) {
    const offer = offers.find((form) => form.dataset.editorName === one.name);
    const saved = one.sent && (!revision || revision > Number(one.revision));
    if (saved || `${one.title}\n${one.markdown}` === content() || (offer && Date.parse(offer.dataset.at) >= one.at)) forgetLocal(place, one.name);
    else if (before !== null) {
      offer?.remove();
      document.querySelector(".editor").prepend(offerOf(one));
    }
  }
}

function offerOf(one) {
  const offer = document.getElementById("local-offer").content.firstElementChild.cloneNode(true);
  offer.querySelector("[data-part=when]").textContent = `${new Date(one.at).toLocaleDateString()} ${clock(one.at)}`;
  const take = () => {
    [title.value, markdown.value] = [one.title, one.markdown];
    form.elements.base.value = one.revision;
    form.elements.revision.value = one.revision;
    offer.remove();
    typed();
    markdown.focus();
  };
  offer.querySelector("[data-act=restore]").addEventListener("click", take);
  offer.querySelector("[data-act=discard]").addEventListener("click", () => {
    forgetLocal(place, one.name);
    offer.remove();
  });
  offer.querySelector("[data-act=difference]")?.addEventListener("click", () => {
    const asked = document.createElement("form");
    Object.assign(asked, { method: "post", action: form.dataset.against, target: "_blank", hidden: true });
    freshToken();
    for (const [name, value] of Object.entries({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, markdown: one.markdown, revision: one.revision })) {
      asked.append(Object.assign(document.createElement("textarea"), { name, value }));
    }
    document.body.append(asked);
    asked.submit();
    asked.remove();
  });
  return offer;
}

const tools = form.querySelector("[data-part=tools]");
const acts = { bold: () => mark(markdown, "**"), italic: () => mark(markdown, "*"), link: () => link(markdown) };
tools.hidden = false;
tools.addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());
new BlockPicker(document.getElementById("block-picker"), markdown, tools.querySelector("[data-part=blocks]"));
editorKeys(markdown);
const pictures = tools.querySelector("[data-part=pictures]");
const drop = new PictureDrop(markdown, {
  url: form.dataset.images,
  fields() {
    freshToken();
    const { csrfmiddlewaretoken, project, report } = form.elements;
    return { csrfmiddlewaretoken: csrfmiddlewaretoken.value, project: project.value, report: report.value };
  },
  say(words) {
    state.textContent = words;
  },
});
document.getElementById("block-picker").addEventListener("paceline:block", () => pictures.click());
pictures.addEventListener("change", () => {
  drop.put([...pictures.files]);
  pictures.value = "";
});
form.addEventListener("input", typed);
form.addEventListener("submit", (event) => {
  const asked = event.submitter;
  if (asked?.value === "preview") {
    event.preventDefault();
    preview();
    return;
  }
  freshToken();
  if (asked?.formTarget === "_blank") return;
  saving = true;
  if (dirty()) autosave.keepLocal(asked?.value === "save");
});
window.addEventListener("beforeunload", (event) => {
  if (!saving && dirty() && content() !== autosave.kept) event.preventDefault();
});
window.addEventListener("pagehide", () => {
  if (!saving && dirty() && content() !== autosave.kept) autosave.keepLocal();
});
window.addEventListener("pageshow", () => {
  saving = false; // back from the report's page
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey)) return;
  if (event.key === "s") form.requestSubmit(form.querySelector("[value=save]"));
  else if (event.key === "Enter") preview();
  else return;
  event.preventDefault();
});

form.querySelector("[data-part=preview-button]").hidden = true;
offerLocal();
say();
if (before === null) autosave.keep();
preview();
