// Comments below a report: sent by Ctrl Enter, begun at a panel without loading the page anew.

document.addEventListener("keydown", (event) => {
  const form = event.target instanceof HTMLTextAreaElement ? event.target.closest(".comment-form") : null;
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-about]") : null;
  const form = document.getElementById("new-comment");
  if (!link || !form || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  form.elements.about.value = link.dataset.about;
  form.scrollIntoView({ block: "center" });
  form.elements.text.focus({ preventScroll: true });
});

document.addEventListener("toggle", (event) => {
  const more = event.target instanceof Element && event.target.matches(".comment-more[open]") ? event.target : null;
  more?.querySelector("textarea").focus();
}, true);
