// Asks the API, as the person who is signed in.

const API = "/api/v1/";
const SILENT = "The server does not answer.";

// Returns what it says, as JSON. Throws Error with its words, and its status, code, fields and body.
export async function ask(method, path, body = null, { signal } = {}) {
  const headers = { "X-CSRFToken": token() };
  if (body !== null) headers["Content-Type"] = "application/json";
  let answer;
  let said = null;
  try {
    answer = await fetch(API + path, { method, headers, body: body === null ? undefined : JSON.stringify(body), signal, credentials: "same-origin" });
    const text = await answer.text();
    said = text ? JSON.parse(text) : {};
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (!answer) throw new Error(SILENT);
  }
  if (answer.ok) return said;
  const fields = Object.values(said?.fields ?? {}).filter((one) => typeof one === "string" && !said.message.includes(one));
  const message = [said?.message ?? `The server answered ${answer.status}.`, ...fields].join(" ");
  throw Object.assign(new Error(message), { status: answer.status, code: said?.code, fields: said?.fields ?? {}, body: said });
}

// Signing in again in another tab changes the token; the cookie has the one that counts.
function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}
