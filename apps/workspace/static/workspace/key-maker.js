// The first lines for a training script, with a button that makes the key they need.
import { copyText } from "../core/copy-text.js";

class KeyMaker extends HTMLElement {
  connectedCallback() {
    const make = this.querySelector("[data-part=make]");
    make.hidden = false;
    make.addEventListener("click", () => this.#make(make));
    for (const button of this.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const code = button.closest("li").querySelector("pre");
        button.textContent = (await copyText(code.textContent, code)) ? "Copied" : "Press Ctrl C";
        setTimeout(() => (button.textContent = "Copy"), 1800);
      });
    }
  }

  async #make(button) {
    const said = this.querySelector("[data-part=said]");
    button.disabled = true;
    try {
      const response = await fetch(this.dataset.keys, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.querySelector("[name=csrfmiddlewaretoken]").value },
        body: JSON.stringify({ scope: "ingest", name: "first training script" }),
      });
      const body = await response.json();
      if (!response.ok) throw new Error(body.message);
      const place = this.querySelector("[data-part=key]");
      place.textContent = body.key;
      place.dataset.secret = "";
      button.hidden = true;
      said.textContent = "Copy it now: it is not shown again.";
    } catch (error) {
      said.textContent = `No key was made: ${error.message}`;
      button.disabled = false;
    }
  }
}

customElements.define("key-maker", KeyMaker);
