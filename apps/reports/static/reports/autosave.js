// Keeps what is typed and not saved: in this browser at once, on the server every few seconds. A tab keeps its own words,
// so none overwrites another's; what is left over is offered when the editor opens next.

const PAUSE_MS = 2000; // after the last key
const LONGEST_MS = 10_000; // while somebody types on and on
const RETRY_MS = 10_000;
const LOCAL_PAUSE_MS = 700;
const PREFIX = "paceline-words";

// What this browser holds of an editor's place: [{name, title, markdown, revision, at, sent}], the newest first.
export function localWords(place) {
  const found = [];
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(`${PREFIX} ${place} `)) continue;
    try {
      found.push({ name: name.split(" ").at(-1), ...JSON.parse(localStorage.getItem(name)) });
    } catch {
      localStorage.removeItem(name);
    }
  }
  return found.sort((one, other) => other.at - one.at);
}

export function forgetLocal(place, name) {
  localStorage.removeItem(`${PREFIX} ${place} ${name}`);
}

export class Autosave {
  kept = null; // the content that the server has
  failed = false;
  #first = 0;
  #timer = 0;
  #localTimer = 0;
  #asking = false;

  // words(): {title, markdown, revision} as they are; body(): the form's data; say(answer): what came of keeping them.
  constructor({ url, place, name, words, body, say }) {
    Object.assign(this, { url, place, name, words, body, say });
  }

  // Called with every change. large: reading the text takes time, so that it goes into the browser's store at a pause.
  typed(large = false) {
    const now = Date.now();
    this.#first ||= now;
    clearTimeout(this.#localTimer);
    if (!large) this.keepLocal();
    else this.#localTimer = setTimeout(() => this.keepLocal(), LOCAL_PAUSE_MS);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), Math.max(0, Math.min(PAUSE_MS, this.#first + LONGEST_MS - now)));
  }

  // sent: they are on their way to be saved.
  keepLocal(sent = false) {
    const said = JSON.stringify({ ...this.words(), at: Date.now(), sent });
    try {
      localStorage.setItem(`${PREFIX} ${this.place} ${this.name}`, said);
    } catch {
      forgetLocal(this.place, this.name); // no room: rather none than an old text; the server has them soon
    }
  }

  async keep() {
    if (this.#asking) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    this.#first = 0;
    const { title, markdown } = this.words();
    const content = `${title}\n${markdown}`;
    let answer = null;
    try {
      const response = await fetch(this.url, { method: "POST", body: this.body() });
      if (response.headers.get("Content-Type")?.startsWith("application/json")) answer = await response.json();
    } catch {
      answer = null;
    }
    this.#asking = false;
    this.failed = answer === null;
    if (answer && !answer.code) this.kept = content;
    this.say(answer);
    const now = this.words();
    if (this.failed) this.#timer = setTimeout(() => this.keep(), RETRY_MS);
    else if (`${now.title}\n${now.markdown}` !== content) this.typed(true);
  }
}
