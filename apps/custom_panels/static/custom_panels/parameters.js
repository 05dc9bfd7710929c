// What a panel lets its reader choose: controls made from what its document declares.

const OFFERED = { metric: "metric", field: "" }; // kind of a parameter to the kind of names offered for it

// declared: [{name, label, kind, default, choices}]; chosen: {name: value} where it is not the default. changed(name, value): somebody
// chose another one.
// project: whose names of metrics and fields are offered.
export function parameterControls(declared, chosen, { project, changed }) {
  return declared.map(({ name, ...facts }) => {
    const label = document.createElement("label");
    label.className = "panel-parameter";
    const field = facts.kind === "choice" ? choice(facts.choices) : input(facts.kind, name, project, label);
    field.name = name;
    field.value = String(chosen[name] ?? facts.default);
    field.addEventListener("change", () => changed(name, facts.kind === "number" ? Number(field.value) : field.value));
    label.prepend(facts.label || name, field);
    return label;
  });
}

function choice(choices) {
  const field = document.createElement("select");
  field.append(...choices.map((one) => new Option(String(one), String(one))));
  return field;
}

function input(kind, name, project, label) {
  const field = Object.assign(document.createElement("input"), { type: kind === "number" ? "number" : "text", autocomplete: "off", spellcheck: false, maxLength: 500 });
  if (kind === "number") field.step = "any";
  if (!(kind in OFFERED)) return field;
  const list = Object.assign(document.createElement("datalist"), { id: `offered-${name}-${Math.random().toString(36).slice(2)}` });
  field.setAttribute("list", list.id);
  label.append(list);
  field.addEventListener("focus", () => offer(list, kind, project, ""), { once: true });
  field.addEventListener("input", () => offer(list, kind, project, field.value));
  return field;
}

async function offer(list, kind, project, search) {
  try {
    const answer = await fetch(`/api/v1/projects/${project}/columns/?${new URLSearchParams({ search })}`, { credentials: "same-origin" });
    const { columns } = await answer.json();
    const wanted = columns.filter(({ of }) => kind === "field" || of === OFFERED[kind]);
    const names = wanted.map(({ text, title }) => (kind === "metric" ? title : text));
    list.replaceChildren(...[...new Set(names)].map((value) => Object.assign(document.createElement("option"), { value })));
  } catch {
    list.replaceChildren(); // it can be typed
  }
}
