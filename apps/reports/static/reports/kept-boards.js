// Brings the charts of a published page to life when the first of them comes near: what that takes is large.
const NEAR = "300px";

const boards = document.querySelectorAll("kept-board");
const observer = new IntersectionObserver(
  (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    import("./kept-board.js");
  },
  { rootMargin: NEAR },
);
for (const board of boards) observer.observe(board);
