// The list of reports narrows as one types; the address says what is shown.

const PAUSE_MS = 250;

const form = document.querySelector("[data-search]");
const found = document.getElementById("found");
let timer = 0;
let asking = null;

async function search() {
  const fields = [...new FormData(form)].filter(([name, value]) => value && !(name === "order" && value === "saved"));
  const address = `${location.pathname}?${new URLSearchParams(fields)}`;
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(address, { signal: asking.signal });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
    if (!fresh) return form.submit();
    found.replaceChildren(...fresh.childNodes);
    history.replaceState(null, "", address);
  } catch (error) {
    if (error.name !== "AbortError") form.submit();
  }
}

if (form) {
  form.querySelector("[data-part=search-button]").hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
}
