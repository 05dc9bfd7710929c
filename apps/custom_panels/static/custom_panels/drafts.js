// What is typed and not saved, kept in this browser: a reload, a crash or a lost connection loses none of it.

const PREFIX = "paceline:panel:";
const DAYS = 60;

export class Draft {
  // name: of what is edited, as "team/project/new" or a panel's id.
  constructor(name) {
    this.key = PREFIX + name;
  }

  // {name, text, version, at}, or null. version: the saved one that the text began with; at: ms since the epoch.
  read() {
    try {
      const found = JSON.parse(localStorage.getItem(this.key));
      return typeof found?.text === "string" && typeof found.at === "number" ? found : null;
    } catch {
      return null;
    }
  }

  // Returns whether it is kept: a browser may be full, or keep nothing.
  keep(facts) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...facts, at: Date.now() }));
      return true;
    } catch {
      return false;
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // nothing was kept
    }
  }
}

// Drafts that nobody came back to for two months are let go.
export function forgetOldDrafts() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && !(JSON.parse(localStorage.getItem(key))?.at > Date.now() - DAYS * 86_400_000)) localStorage.removeItem(key);
    }
  } catch {
    // a browser that keeps nothing has nothing old
  }
}
