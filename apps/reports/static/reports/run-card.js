// A card beside a mention of a run: who points at it or comes to it by keyboard sees what the run is. On a touch screen the
// first tap shows the card, the second follows the link.

const WAIT_MS = 250;
const ADDRESS = /^\/runs\/[0-9a-hjkmnp-tv-z]{13}\/$/;
const cards = new Map(); // path -> promise of its HTML, "" where there is none for this reader

const card = document.createElement("div");
card.className = "run-card";
card.id = "run-card";
card.setAttribute("role", "tooltip");
card.popover = "manual";
let over = null; // the link whose card is shown or on its way
let timer = 0;

function mention(target) {
  const link = target instanceof Element ? target.closest(".report-body a[href]") : null;
  if (!link || link.closest(".report-panel")) return null;
  const url = new URL(link.href, location.href);
  return url.origin === location.origin && ADDRESS.test(url.pathname) ? link : null;
}

function cardOf(path) {
  if (!cards.has(path)) {
    const asked = fetch(`${path}card/`, { headers: { Accept: "text/html" } }).then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""), () => "");
    cards.set(path, asked);
  }
  return cards.get(path);
}

function come(link) {
  if (!link) return;
  clearTimeout(timer);
  if (link !== over) {
    go();
    over = link;
  }
  if (!card.matches(":popover-open")) timer = setTimeout(() => show(link), WAIT_MS);
}

async function show(link) {
  const html = await cardOf(new URL(link.href).pathname);
  if (over !== link || !html) return;
  card.innerHTML = html; // our own template's, escaped there
  if (!card.isConnected) document.body.append(card);
  card.showPopover();
  const at = link.getBoundingClientRect();
  const below = at.bottom + 6 + card.offsetHeight < innerHeight;
  card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - card.offsetWidth - 8))}px`;
  card.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - card.offsetHeight - 6)}px`;
  link.setAttribute("aria-describedby", card.id);
}

function go() {
  clearTimeout(timer);
  over?.removeAttribute("aria-describedby");
  over = null;
  if (card.matches(":popover-open")) card.hidePopover();
}

function leave(event) {
  const next = event.relatedTarget;
  if (!over || over.contains(next) || card.contains(next)) return;
  clearTimeout(timer);
  timer = setTimeout(go, WAIT_MS);
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  if (card.contains(event.target)) clearTimeout(timer);
  else come(mention(event.target));
});
document.addEventListener("pointerout", (event) => event.pointerType === "mouse" && leave(event));
document.addEventListener("focusin", (event) => come(mention(event.target)));
document.addEventListener("focusout", leave);
document.addEventListener("keydown", (event) => event.key === "Escape" && go());
document.addEventListener("scroll", () => over && go(), { capture: true, passive: true });
document.addEventListener("click", (event) => {
  const link = mention(event.target);
  if (event.pointerType !== "touch") return;
  if (!link) return card.contains(event.target) || go();
  if (link === over && card.matches(":popover-open")) return;
  event.preventDefault();
  come(link);
});
