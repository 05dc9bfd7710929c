// Lets an element fill the page, and keeps everything else from the keyboard meanwhile. Escape goes back.

// Returns a function: true fills the page, false goes back.
export function filling(element) {
  let asleep = [];
  const key = (event) => {
    if (event.key !== "Escape" || document.querySelector("[popover]:popover-open, dialog[open]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    fill(false);
  };
  const fill = (on) => {
    if (on === element.classList.contains("whole")) return;
    element.classList.toggle("whole", on);
    element.querySelector("[data-act=whole]")?.setAttribute("aria-pressed", String(on));
    for (const one of asleep) one.inert = false;
    asleep = [];
    if (on) {
      for (let inner = element; inner !== document.body; inner = inner.parentElement) {
        asleep.push(...[...inner.parentElement.children].filter((one) => one !== inner && !one.inert && !one.matches("[popover], .toasts, .readout, script")));
      }
      for (const one of asleep) one.inert = true;
      document.addEventListener("keydown", key, { capture: true });
    } else {
      document.removeEventListener("keydown", key, { capture: true });
    }
  };
  return fill;
}
