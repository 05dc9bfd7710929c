// Keeps a page's tables and lists current: its live parts are one member of the page's live request.
import "../core/ticking.js";
import { LiveParts } from "../core/live-parts.js";
import { livePoll } from "../panels/live-poll.js";

const said = document.getElementById("live-held"); // nothing on a page that does not follow

class LivePage {
  constructor(loaded) {
    this.parts = new LiveParts(loaded);
    this.live = loaded.live;
    this.waits = loaded.waits;
  }

  pace() {
    if (this.gone) return "";
    return this.live || this.parts.left ? "live" : this.waits ? "waits" : "";
  }

  ask(body) {
    if (this.gone) return null;
    body.page = here();
    body.parts = this.parts.held;
    return ({ page }) => body.page === here() && this.#take(page);
  }

  #take(page) {
    this.gone = Boolean(page.gone); // the charts of other runs go on
    if (!page.parts) return;
    this.live = page.live;
    this.waits = page.waits;
    if (this.parts.isOther(page.outline)) {
      if (document.querySelector("[data-secret]") === null) location.reload();
      return;
    }
    if (this.parts.take(page.parts)) document.dispatchEvent(new CustomEvent("paceline:fresh"));
  }
}

const livePage = said && new LivePage(JSON.parse(said.textContent));
if (livePage) livePoll.join(livePage);

function here() {
  return location.pathname + location.search;
}

// Whether something of the page works now.
export function isLive() {
  return Boolean(livePage?.live);
}

// Brings the page to what its present URL shows now. Throws Error with the server's words.
export function readPage() {
  return livePoll.now();
}

// The same; returns whether that went well.
export async function refreshPage() {
  try {
    await readPage();
    return true;
  } catch {
    return false;
  }
}
