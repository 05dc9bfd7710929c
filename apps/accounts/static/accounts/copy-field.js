// A text with a button that copies it.
class CopyField extends HTMLElement {
  connectedCallback() {
    const text = this.querySelector("[data-part=text]");
    const button = this.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Press Ctrl C";
      }
      setTimeout(() => (button.textContent = "Copy"), 1800);
    });
  }
}

customElements.define("copy-field", CopyField);
