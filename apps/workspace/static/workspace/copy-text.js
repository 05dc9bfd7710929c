// The same for this folder.
export { copyText } from "../core/copy-text.js";
