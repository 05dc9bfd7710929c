// Sections and panels of a page read again, merged into those that are there.

// Makes the sections and panels of `mine` those of `theirs`, keeping the elements that are in both. Returns whether anything changed.
export function mergeSections(mine, theirs) {
  let changed = false;
  const merge = (old, fresh, selector, id, inner) => {
    const have = new Map([...old.querySelectorAll(`:scope > ${selector}`)].map((one) => [id(one), one]));
    let last = null;
    for (const one of fresh.querySelectorAll(`:scope > ${selector}`)) {
      let element = have.get(id(one));
      if (element) {
        have.delete(id(one));
        inner?.(element, one);
      } else {
        element = document.importNode(one, true);
        if (last) last.after(element);
        else old.prepend(element);
        changed = true;
      }
      last = element;
    }
    for (const gone of have.values()) {
      gone.remove();
      changed = true;
    }
  };
  merge(mine, theirs, "details", (one) => one.dataset.section, (old, fresh) => {
    const total = old.querySelector("[data-part=total]");
    if (total) total.textContent = fresh.querySelector("[data-part=total]").textContent;
    merge(old.querySelector(".panels"), fresh.querySelector(".panels"), "figure", keyOf, (mine, theirs) => {
      const { runs } = theirs.querySelector("panel-chart").dataset;
      if (runs) mine.querySelector("panel-chart").dataset.runs = runs;
    });
  });
  return changed;
}

function keyOf(figure) {
  return figure.querySelector("panel-chart").dataset.key;
}
