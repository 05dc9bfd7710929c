// A list of things to do beside the button that opened it: arrows move in it, Escape and a click elsewhere close it.

// items: [{label, act, hint?, pressed?}], null draws a line between two groups. act() runs when one is chosen.
export function openMenu(button, items, name) {
  const menu = document.createElement("div");
  menu.className = "panel-menu";
  menu.popover = "auto";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", name);
  for (const item of items) menu.append(item === null ? document.createElement("hr") : entry(item, menu));
  menu.addEventListener("keydown", (event) => pressed(event, menu));
  menu.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState === "closed") menu.remove();
  });
  button.after(menu); // so that Tab goes on from the button, and closing leads back to it
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(4, Math.min(innerWidth - width - 4, at.right - width))}px`;
  menu.style.top = `${at.bottom + height + 6 < innerHeight ? at.bottom + 2 : Math.max(4, at.top - height - 2)}px`;
  menu.querySelector("button").focus();
}

function entry({ label, act, hint = "", pressed: on = null }, menu) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("role", on === null ? "menuitem" : "menuitemcheckbox");
  if (on !== null) button.setAttribute("aria-checked", String(on));
  const text = document.createElement("span");
  text.textContent = label;
  button.append(text);
  if (hint) button.append(Object.assign(document.createElement("kbd"), { textContent: hint }));
  button.addEventListener("click", () => {
    menu.hidePopover();
    act();
  });
  return button;
}

function pressed(event, menu) {
  const all = [...menu.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    all[to].focus();
  } else if (event.key === "Tab" || event.key === "Escape") {
    if (event.key === "Escape") event.preventDefault();
    menu.hidePopover();
  }
  event.stopPropagation(); // Escape means this menu, letters mean nothing here
}
