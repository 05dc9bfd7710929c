// The export menu's way to paper and PDF: the browser's own.
for (const button of document.querySelectorAll("[data-act=print]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const menu = button.closest("details");
    if (menu) menu.open = false;
    window.print();
  });
}
