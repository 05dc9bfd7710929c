// Asks the server for series: all questions of a viewport in one request.
import { decodeAnswers } from "./series-format.js";

const FORM = "application/vnd.paceline.series";

export class SeriesClient {
  constructor(url) {
    this.url = url;
  }

  // Returns the answers, one per question in order. Throws Error with the server's words.
  async ask(questions, { signal } = {}) {
    const headers = { "Content-Type": "application/json", Accept: FORM };
    let response;
    try {
      response = await fetch(this.url, { method: "POST", headers, body: JSON.stringify({ questions }), signal, credentials: "same-origin" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("The server did not answer.");
    }
    if (!response.ok) throw new Error(await refusal(response));
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
