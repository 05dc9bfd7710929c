// The box beside the pointer: a name, and what it has on each axis.

const AWAY_PX = 14;
let box = null;

// facts: [words, value], …; note: a line below.
export function showReadout(event, name, facts, note = "") {
  box ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "readout plot-readout" }));
  box.setAttribute("aria-hidden", "true");
  const head = Object.assign(document.createElement("p"), { className: "plot-readout-name", textContent: name });
  const list = document.createElement("dl");
  for (const [words, value] of facts) {
    const term = Object.assign(document.createElement("dt"), { textContent: words });
    list.append(term, Object.assign(document.createElement("dd"), { textContent: value }));
  }
  box.replaceChildren(head, list);
  if (note) box.append(Object.assign(document.createElement("p"), { className: "readout-more", textContent: note }));
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const right = event.clientX + AWAY_PX + width > innerWidth;
  box.style.left = `${right ? Math.max(4, event.clientX - AWAY_PX - width) : event.clientX + AWAY_PX}px`;
  box.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, event.clientY - height / 2))}px`;
}

export function hideReadout() {
  if (box) box.hidden = true;
}
