// Steps through the pictures of one media key: by the slider, by Before and After, by its thumbnails. The links work without it.
class MediaStrip extends HTMLElement {
  connectedCallback() {
    this.steps = JSON.parse(this.querySelector("#media-steps").textContent);
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
    this.parts.slider.hidden = this.steps.length < 2;
    this.parts.slider.addEventListener("input", () => this.show(Number(this.parts.slider.value)));
    this.parts.slider.addEventListener("change", () => history.replaceState(null, "", this.address(Number(this.parts.slider.value))));
    this.addEventListener("click", (event) => {
      const link = event.target.closest("[data-path], [data-part=before], [data-part=after]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const at = Number(this.parts.slider.value);
      const wanted = link.dataset.path ? this.steps.findIndex((one) => one.path === link.dataset.path) : at + (link.dataset.part === "before" ? -1 : 1);
      if (!this.steps[wanted]) return;
      this.parts.slider.value = wanted;
      this.show(wanted);
      history.replaceState(null, "", this.address(wanted));
    });
    this.parts.picture.addEventListener("load", () => delete this.parts.picture.dataset.loading);
  }

  address(place) {
    return `?file=${encodeURIComponent(this.steps[place].path)}`;
  }

  show(place) {
    const { step, path, url } = this.steps[place];
    const { picture, link, slider, before, after } = this.parts;
    picture.dataset.loading = "";
    picture.src = link.href = url;
    picture.alt = picture.alt.replace(/-?\d+$/, step);
    this.parts.step.textContent = step;
    slider.setAttribute("aria-valuetext", `step ${step}`);
    this.turn(before, place - 1);
    this.turn(after, place + 1);
    for (const one of this.querySelectorAll("[data-path]")) {
      if (one.dataset.path === path) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    for (const field of this.querySelectorAll("input[name=path]")) field.value = path;
    for (const button of this.querySelectorAll("[data-file]")) button.href = button.dataset.file === "download" ? `${url}?download` : url;
  }

  turn(button, place) {
    if (this.steps[place]) {
      button.href = this.address(place);
      button.removeAttribute("aria-disabled");
    } else {
      button.removeAttribute("href");
      button.setAttribute("aria-disabled", "true");
    }
  }
}

customElements.define("media-strip", MediaStrip);
