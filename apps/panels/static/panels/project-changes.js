// Changes of what a project keeps about its charts.
import { toast } from "../core/toasts.js";

// Returns what the server says then; null when it refused, which is said.
export async function changeProject(project, what, method, body = null) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  try {
    const answer = await fetch(`/api/v1/projects/${project}/${what}`, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: body === null ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
    const said = await answer.json();
    if (answer.ok) return said;
    toast(`${said.message} ${Object.values(said.fields).join("; ")}`.trim());
  } catch {
    toast("Nothing was changed: the server does not answer.");
  }
  return null;
}
