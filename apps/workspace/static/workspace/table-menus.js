// Puts menus below their buttons; the browser opens and closes them.

const GAP = 4;
const EDGE = 8;

export function placeMenus(table) {
  const opened = (event) => {
    const menu = event.target;
    if (menu.matches("[data-menu]") && event.newState === "open") place(menu, table.querySelector(`[popovertarget="${menu.id}"]`));
  };
  table.addEventListener("toggle", opened, { capture: true }); // it does not bubble
}

function place(menu, button) {
  const from = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(EDGE, Math.min(from.left, innerWidth - size.width - EDGE))}px`;
  const below = from.bottom + GAP;
  menu.style.top = `${below + size.height > innerHeight - EDGE ? Math.max(EDGE, from.top - GAP - size.height) : below}px`;
}
