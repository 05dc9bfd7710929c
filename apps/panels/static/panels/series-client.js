// Asks the server for series: all questions of a viewport in one request, nothing when nothing moved.
import { decodeAnswers } from "./series-format.js";

const FORM = "application/vnd.paceline.series";

export class SeriesClient {
  constructor(url) {
    this.url = url;
    this.tags = new Map(); // body text to ETag of its newest answer
  }

  // Returns the answers, one per question in order, or null when they have not moved since the same questions were last asked
  // and `changedOnly` is set. Throws Error with the server's words.
  async ask(questions, { changedOnly = false, signal } = {}) {
    const body = JSON.stringify({ questions });
    const headers = { "Content-Type": "application/json", Accept: FORM };
    const tag = this.tags.get(body);
    if (changedOnly && tag) headers["If-None-Match"] = tag;
    let response;
    try {
      response = await fetch(this.url, { method: "POST", headers, body, signal, credentials: "same-origin" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("The server did not answer.");
    }
    if (response.status === 304) return null;
    if (!response.ok) throw new Error(await refusal(response));
    if (this.tags.size > 200) this.tags.clear();
    this.tags.set(body, response.headers.get("ETag"));
    return decodeAnswers(await response.arrayBuffer());
  }
}

async function refusal(response) {
  try {
    return (await response.json()).message;
  } catch {
    return `The server answered ${response.status}.`;
  }
}
