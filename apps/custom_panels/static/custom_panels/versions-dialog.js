// The versions of a panel: who saved which, what differs from the text in the editor, and the way back to it.
import { diffView } from "./diff-view.js";
import { ask } from "../core/ask.js";

const SHEET = `
  <form method="dialog"><button class="icon" aria-label="Close"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8M12 4l-8 8"/></svg></button></form>
  <h2 id="versions-title">Versions</h2>
  <div class="versions-panes">
    <ol class="versions-list" data-part="list"></ol>
    <div class="versions-shown">
      <p class="muted" data-part="said" role="status"></p>
      <div class="scroll versions-diff" data-part="diff" tabindex="0" role="region" aria-label="What differs"></div>
      <div class="dialog-buttons"><button type="button" class="button primary" data-act="restore" hidden>Put it into the editor</button></div>
    </div>
  </div>`;

// editor: {panel, text, restore(text, number)}.
export async function openVersions(editor) {
  const dialog = sheet("versions-dialog", SHEET, "versions-title");
  const [list, said, diff, restore] = ["[data-part=list]", "[data-part=said]", "[data-part=diff]", "[data-act=restore]"].map((one) => dialog.querySelector(one));
  let shown = null;
  const show = async (number) => {
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(Number(button.dataset.version) === number));
    try {
      shown = await ask("GET", `panels/${editor.panel}/versions/${number}/`);
      said.textContent = `From version ${number} (−) to the text in the editor (+).`;
      diff.replaceChildren(diffView(shown.document, editor.text));
      restore.hidden = shown.document === editor.text;
    } catch (error) {
      said.textContent = error.message;
    }
  };
  restore.addEventListener("click", () => {
    dialog.close();
    editor.restore(shown.document, shown.n);
  });
  try {
    const { versions } = await ask("GET", `panels/${editor.panel}/versions/`);
    list.replaceChildren(...versions.map((version) => entry(version, show)));
    await show(versions[0].n);
  } catch (error) {
    said.textContent = error.message;
  }
}

function entry(version, show) {
  const item = document.createElement("li");
  const button = item.appendChild(Object.assign(document.createElement("button"), { type: "button" }));
  button.dataset.version = version.n;
  const head = document.createElement("span");
  head.append(Object.assign(document.createElement("b"), { textContent: `Version ${version.n}` }), " ", when(version.created_at));
  button.append(head);
  const about = [version.author, version.note].filter(Boolean).join(": ");
  if (about) button.append(Object.assign(document.createElement("small"), { className: "muted", textContent: about }));
  button.addEventListener("click", () => show(version.n));
  return item;
}

function when(ms) {
  const time = document.createElement("time");
  Object.assign(time, { dateTime: new Date(ms).toISOString(), textContent: new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) });
  time.className = "muted";
  return time;
}

// Two people saved over the same version: both texts, and who wins is said here. keep(): this text becomes the next version;
// take(text, number): the other one goes into the editor, where this text can be had back.
export function openConflict({ mine, theirs, keep, take }) {
  const dialog = sheet("versions-dialog", CONFLICT, "conflict-title");
  const author = theirs.author ? ` by ${theirs.author}` : "";
  dialog.querySelector("[data-part=said]").textContent = `Version ${theirs.version} was saved${author} while you wrote. Theirs is marked −, yours +. Nothing is lost: yours stays in the editor until you choose.`;
  dialog.querySelector("[data-part=diff]").replaceChildren(diffView(theirs.document, mine, { whole: true }));
  const choices = { keep, take: () => take(theirs.document, theirs.version) };
  for (const [name, act] of Object.entries(choices)) {
    dialog.querySelector(`[data-act=${name}]`).addEventListener("click", () => {
      dialog.close();
      act();
    });
  }
}

const CONFLICT = `
  <form method="dialog"><button class="icon" aria-label="Back to the editor"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8M12 4l-8 8"/></svg></button></form>
  <h2 id="conflict-title">Somebody else saved this panel</h2>
  <p class="muted" data-part="said"></p>
  <div class="scroll versions-diff" data-part="diff" tabindex="0" role="region" aria-label="Theirs and yours"></div>
  <div class="dialog-buttons">
    <button type="button" class="button primary" data-act="keep">Save mine as the next version</button>
    <button type="button" class="button" data-act="take">Take theirs into the editor</button>
  </div>`;

function sheet(name, html, title) {
  const dialog = document.createElement("dialog");
  dialog.className = `sheet ${name}`;
  dialog.setAttribute("aria-labelledby", title);
  dialog.innerHTML = html;
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
