// Pictures that are pasted, dropped or chosen: sent to the server, then put into the text where they came.
import { putText } from "./text-edits.js";

const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

export class PictureDrop {
  // fields(): what is sent beside a picture; say(words): what became of it.
  constructor(area, { url, fields, say }) {
    Object.assign(this, { area, url, fields, say });
    area.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    area.addEventListener("drop", (event) => this.#take(event, event.dataTransfer));
    area.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.items].some((item) => item.kind === "file")) return;
      event.preventDefault();
      area.classList.add("dropping");
    });
    for (const name of ["dragleave", "drop"]) area.addEventListener(name, () => area.classList.remove("dropping"));
  }

  #take(event, data) {
    const files = [...data.files];
    if (!files.length || (event.type === "paste" && data.types.includes("text/plain"))) return; // a table's cells bring a picture of themselves
    event.preventDefault();
    this.put(files);
  }

  async put(files) {
    for (const file of files) {
      if (PICTURE.test(file.type)) await this.#put(file);
      else this.say(`${file.name} is no PNG, JPEG, GIF or WebP picture.`);
    }
  }

  async #put(file) {
    const waiting = `![${file.name.replace(/[^\w .,-]/g, "")} is on its way…]()`;
    putText(this.area, waiting);
    const answer = await this.#sent(file);
    const start = this.area.value.indexOf(waiting);
    if (start >= 0) putText(this.area, answer.markdown ?? "", { start, end: start + waiting.length });
    else if (answer.markdown) putText(this.area, answer.markdown);
    if (!answer.markdown) this.say(answer.message);
  }

  async #sent(file) {
    const data = new FormData();
    for (const [name, value] of Object.entries(this.fields())) data.append(name, value);
    data.append("image", file, file.name);
    try {
      const answer = await fetch(this.url, { method: "POST", body: data });
      if (answer.headers.get("Content-Type")?.startsWith("application/json")) return await answer.json();
      return { message: answer.redirected ? "You are signed out; sign in again in another tab." : `The picture was refused (${answer.status}).` };
    } catch {
      return { message: "The server does not answer; the picture was not sent." };
    }
  }
}
