// Where a console is scrolled to. Only lines on screen exist as elements, in a pane that stays in view while a runway
// of the whole log's height scrolls under it. No browser makes elements tall enough for every log, and wrapped lines have
// heights nobody knows before: then the runway is an estimate, small movements are taken as they are, and large ones as a
// share of the whole.

const TALLEST = 8_000_000; // px

export class ConsoleScroll {
  // moved(byUser): called when another part is in view. heights: (place) → px of a mounted line, or undefined.
  constructor(scroller, runway, heights, moved) {
    this.scroller = scroller;
    this.runway = runway;
    this.heights = heights;
    this.moved = moved;
    this.count = 0;
    this.top = 0; // the line at the top edge, from 0 on, and the share of it that is above
    this.rowHeight = 20;
    this.wraps = false;
    this.lastTop = 0;
    scroller.addEventListener("scroll", () => this.#scrolled());
  }

  get view() {
    return this.scroller.clientHeight;
  }

  get exact() {
    return !this.wraps && this.count * this.rowHeight <= TALLEST;
  }

  get most() {
    return Math.max(0, this.runway.offsetHeight - this.view);
  }

  // The greatest `top`: the last line ends at the lower edge.
  get end() {
    let room = this.view;
    for (let place = this.count - 1; place >= 0; place -= 1) {
      const height = this.#height(place);
      if (height >= room) return place + (height - room) / height;
      room -= height;
      if (!this.wraps) return Math.max(0, this.count - this.view / this.rowHeight);
    }
    return 0;
  }

  resize(count, rowHeight, wraps) {
    this.count = count;
    this.rowHeight = rowHeight;
    this.wraps = wraps;
    const height = Math.min(TALLEST, Math.max(count * rowHeight, wraps ? this.view + 2 * count : 0));
    this.runway.style.setProperty("--runway", `${Math.ceil(height)}px`);
  }

  // Brings a line to the top edge; fractions are shares of it.
  go(top) {
    this.top = Math.max(0, Math.min(top, this.end));
    this.settle();
  }

  // Sets the scroll bar to where `top` is.
  settle() {
    const wanted = this.exact ? this.top * this.rowHeight : this.end > 0 ? (this.top / this.end) * this.most : 0;
    this.lastTop = wanted;
    if (Math.abs(this.scroller.scrollTop - wanted) >= 1) this.scroller.scrollTop = wanted;
    this.lastTop = this.scroller.scrollTop;
  }

  #height(place) {
    return this.wraps ? (this.heights(place) ?? this.rowHeight) : this.rowHeight;
  }

  #scrolled() {
    const now = this.scroller.scrollTop;
    const by = now - this.lastTop;
    if (Math.abs(by) < 1) return;
    this.lastTop = now;
    if (this.exact) this.top = now / this.rowHeight;
    else if (now <= 0) this.top = 0;
    else if (now >= this.most - 1) this.top = this.end;
    else if (Math.abs(by) > 2 * this.view) this.top = (now / this.most) * this.end;
    else {
      this.#move(by);
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.settle(), 200);
    }
    this.moved(by);
  }

  #move(by) {
    let place = Math.floor(this.top);
    let px = (this.top - place) * this.#height(place) + by;
    while (px < 0 && place > 0) px += this.#height((place -= 1));
    while (px >= this.#height(place) && place < this.count - 1) px -= this.#height(place++);
    this.top = Math.max(0, Math.min(place + Math.max(0, px) / this.#height(place), this.end));
  }
}
