// Filters the rows of its part of a page, or of the whole page, as one types.
class ListFilter extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input");
    const part = this.closest("[data-rows]") ?? document;
    const apply = () => {
      const wanted = field.value.trim().toLowerCase();
      for (const row of part.querySelectorAll("[data-row]")) row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
    };
    field.addEventListener("input", apply);
    document.addEventListener("paceline:fresh", apply);
  }
}

customElements.define("list-filter", ListFilter);
