// What a mark of a panel says when it is pointed at: text, whatever it holds.

const MOST = 24; // rows
const LONGEST = 200; // characters of one
const GAP = 12; // px from the pointer

const tip = document.getElementById("tip");

// Vega's handler of tooltips. value: a text, a number, or an object of them; none takes it away.
export function showTip(_, event, __, value) {
  tip.hidden = value === null || value === undefined || value === "";
  if (tip.hidden) return;
  tip.replaceChildren(typeof value === "object" ? table(value) : text(value));
  const { clientX: x, clientY: y } = event;
  const { offsetWidth: width, offsetHeight: height } = tip;
  tip.style.left = `${Math.max(4, x + GAP + width > innerWidth ? x - GAP - width : x + GAP)}px`;
  tip.style.top = `${Math.max(4, Math.min(y + GAP, innerHeight - height - 4))}px`;
}

function table(value) {
  const list = document.createElement("dl");
  for (const [name, one] of Object.entries(value).slice(0, MOST)) {
    for (const [tag, what] of [["dt", name], ["dd", one]]) list.appendChild(document.createElement(tag)).append(text(what));
  }
  return list;
}

function text(value) {
  let said;
  try {
    said = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  } catch {
    said = "…"; // a value that holds itself
  }
  return said.length > LONGEST ? `${said.slice(0, LONGEST - 1)}…` : said;
}
