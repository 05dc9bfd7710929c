// The same for this folder.
export { toast } from "../core/toasts.js";
