// Short words at the foot of the page, with one thing to do about them.

const STAYS_MS = 8000;

// Says something for a while. act, then: the word on its button and what that does; gone: what follows when nobody pressed it.
export function toast(text, { act = "", then = null, gone = null, stays = STAYS_MS } = {}) {
  const place = document.querySelector(".toasts") ?? document.body.appendChild(Object.assign(document.createElement("div"), { className: "toasts" }));
  place.setAttribute("role", "status");
  const one = document.createElement("div");
  one.className = "toast";
  one.append(text);
  let open = true;
  const close = (pressed) => {
    if (!open) return;
    open = false;
    clearTimeout(waiting);
    removeEventListener("pagehide", leave);
    one.remove();
    if (pressed) then?.();
    else gone?.();
  };
  const leave = () => close(false);
  const waiting = setTimeout(leave, stays);
  if (gone) addEventListener("pagehide", leave);
  if (act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = act;
    button.addEventListener("click", () => close(true));
    one.append(button);
  }
  place.append(one);
  return { press: () => close(true), close: () => close(false) };
}
