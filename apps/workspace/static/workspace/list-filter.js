// Filters the rows of a page as one types.
class ListFilter extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input");
    const apply = () => {
      const wanted = field.value.trim().toLowerCase();
      for (const row of document.querySelectorAll("[data-row]")) row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
    };
    field.addEventListener("input", apply);
    document.addEventListener("paceline:fresh", apply);
  }
}

customElements.define("list-filter", ListFilter);
