// Runs inside the sandboxed frame: draws what the page says, keeps the last good chart when the next one fails, and tells how it went.
import { isDrawing, isLook } from "./frame-asks.js";
import { drawnView } from "./frame-view.js";

const page = window.parent;
const host = document.getElementById("panel");
const RUN = /^[0-9a-z]{13}$/;
const LONGEST = 1000; // characters of a message
const tell = (type, facts = {}) => page.postMessage({ paceline: "panel", type, ...facts }, "*");
const text = (error) => String(error?.message ?? error).slice(0, LONGEST);

let shown = null; // {view, element, fit}, and what was asked for
let pointed = null;
let turn = Promise.resolve(); // one drawing after another

async function draw(asked) {
  const began = performance.now();
  try {
    const drawn = await drawnView(host, asked, (message) => tell("noted", { message: text(message) }));
    shown?.view.finalize();
    shown?.element.remove();
    shown = { ...drawn, asked };
    drawn.element.classList.remove("waiting");
    drawn.view.addEventListener("mousemove", (_, item) => point(item));
    drawn.view.addEventListener("mouseout", () => point(null));
    colour(asked.look);
    tell("drawn", { id: asked.id, ms: performance.now() - began, height: Math.ceil(drawn.element.scrollHeight), notes: drawn.notes });
  } catch (error) {
    tell("failed", { id: asked.id, message: text(error) });
  }
}

// The page marks the run whose mark is pointed at.
function point(item) {
  const run = item?.datum?.run ?? null;
  if (run === pointed || (run !== null && !(typeof run === "string" && RUN.test(run)))) return;
  pointed = run;
  tell("event", { name: "point", run });
}

function colour({ ink, muted, line, surface, accent }) {
  for (const [name, value] of Object.entries({ ink, muted, line, surface, accent })) document.documentElement.style.setProperty(`--${name}`, value);
}

addEventListener("message", ({ source, data }) => {
  if (source !== page || typeof data !== "object" || data === null || data.paceline !== "panel") return;
  if (data.type === "ping") tell("alive", { n: data.n });
  else if (data.type === "draw" && isDrawing(data)) turn = turn.then(() => draw(data));
  else if (data.type === "look" && isLook(data.look)) turn = turn.then(() => shown && draw({ ...shown.asked, look: data.look }));
});
addEventListener("resize", () => (turn = turn.then(() => shown?.fit())));
tell("ready");
