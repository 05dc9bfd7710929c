// The live parts of a page: which it holds, by digest, and how those that differ are taken over in place.
// What is in use stays as it is: focus, scrolling, open menus and selected text; an element is changed only where it differs.

const KEPT = /^live (.+)$/; // a comment in the place of a part inside another
const NEVER = new Set(["open"]); // attributes that belong to whoever uses the page
const IN_USE = "[data-secret], [data-editing], details.menu[open], :popover-open";

export class LiveParts {
  left = 0; // parts that differ and were in use when they came

  // said: {parts: {name: digest}, outline}, as the page was loaded with.
  constructor(said) {
    this.digests = new Map(Object.entries(said.parts));
    this.outline = said.outline;
  }

  get held() {
    return Object.fromEntries(this.digests);
  }

  // Whether these parts are of a page that is made otherwise than this one.
  isOther(outline) {
    return outline !== undefined && outline !== this.outline;
  }

  // Takes over parts that differ: {name: {digest, html}}. Returns whether any did; a part in use is asked for again.
  take(parts) {
    const fresh = new Map(Object.entries(parts).map(([name, { html }]) => [name, elementOf(html)]));
    const active = document.activeElement;
    let changed = false;
    this.left = 0;
    for (const [name, { digest }] of Object.entries(parts)) {
      const here = document.getElementById(name);
      if (here && isUsed(here)) {
        this.left += 1;
        continue;
      }
      const untaken = new CustomEvent("paceline:part", { bubbles: true, cancelable: true, detail: fresh.get(name) });
      if (here?.dispatchEvent(untaken)) morph(here, fresh.get(name), fresh);
      this.digests.set(name, digest);
      changed = true;
    }
    for (const name of this.digests.keys()) if (!document.getElementById(name)) this.digests.delete(name);
    if (active !== document.activeElement && active?.isConnected && active !== document.body) active.focus({ preventScroll: true });
    return changed;
  }
}

// A part somebody is using: text selected in it, an open menu, a field being filled in, a key shown once.
function isUsed(part) {
  const selection = getSelection();
  const active = document.activeElement;
  return part.querySelector(IN_USE) !== null
    || (!selection.isCollapsed && part.contains(selection.anchorNode))
    || (active !== part && part.contains(active) && active.matches("input:not([type=checkbox]), select, textarea, [contenteditable]"));
}

function elementOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// Makes `old` like `fresh`. parts: fresh elements of parts by name, put in where the page has none yet. Whoever listens to
// "paceline:part" may take over an element in its own way.
function morph(old, fresh, parts) {
  if (old.isEqualNode(fresh)) return;
  for (const { name, value } of fresh.attributes) if (!NEVER.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!NEVER.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  const wanted = [...fresh.childNodes];
  const names = new Set(wanted.map(nameOf).filter(Boolean));
  const named = new Map();
  for (const child of [...old.children]) {
    if (!child.id) continue;
    if (names.has(child.id)) named.set(child.id, child);
    else child.remove();
  }
  let at = old.firstChild;
  for (const node of wanted) {
    const name = nameOf(node);
    const kept = node.nodeType === Node.COMMENT_NODE;
    const match = name ? named.get(name) : at && !at.id && at.nodeName === node.nodeName ? at : null;
    if (!match) {
      const made = kept ? filled(parts.get(name), parts) : document.importNode(filled(node, parts), true);
      if (made) old.insertBefore(made, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else old.insertBefore(match, at);
    if (match.nodeType === Node.TEXT_NODE) {
      if (match.data !== node.data) match.data = node.data;
    } else if (!kept && match.nodeType === Node.ELEMENT_NODE) morph(match, node, parts);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// The name of a part that a comment stands for, or the id of an element; "" of others.
function nameOf(node) {
  if (node.nodeType === Node.COMMENT_NODE) return KEPT.exec(node.data)?.[1] ?? "";
  return node.id ?? "";
}

// An element with the parts that it names put in.
function filled(node, parts) {
  if (!node || node.nodeType !== Node.ELEMENT_NODE) return node ?? null;
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_COMMENT);
  const places = [];
  while (walker.nextNode()) places.push(walker.currentNode);
  for (const place of places) {
    const name = nameOf(place);
    const part = document.getElementById(name) ?? filled(parts.get(name), parts);
    if (part) place.replaceWith(part);
  }
  return node;
}
