// Slides: one section at a time. Page Down and Page Up turn them, so that a picture keeps its arrow keys.
(() => {
  const slides = [...document.querySelectorAll(".slide")];
  const bar = document.createElement("nav"), told = document.createElement("output");
  bar.className = "deck";
  bar.setAttribute("aria-label", "Slides");
  let at = 0;

  function show(to) {
    at = Math.min(Math.max(to, 0), slides.length - 1);
    slides.forEach((slide, each) => { slide.hidden = each !== at; });
    told.textContent = `${at + 1} of ${slides.length}`;
    history.replaceState(null, "", `#slide-${at + 1}`);
    scrollTo(0, 0);
    dispatchEvent(new Event("resize")); // a picture that woke in the dark looks at its width again
  }

  const turn = (label, title, by) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label, title });
    button.setAttribute("aria-label", title);
    button.addEventListener("click", () => show(at + by));
    return button;
  };
  bar.append(turn("←", "Slide before (Page Up)", -1), told, turn("→", "Next slide (Page Down)", 1));
  document.body.append(bar);
  addEventListener("keydown", (event) => {
    const by = { PageDown: 1, PageUp: -1 }[event.key];
    if (by) { event.preventDefault(); show(at + by); }
  });
  const start = Number(/^#slide-(\d+)$/.exec(location.hash)?.[1] ?? 1) - 1, page = document.documentElement;
  const begin = () => show(start);
  // Pictures wake while all slides are visible; then one is left.
  if (!document.querySelector("[data-live], [data-plotly]") || "awake" in page.dataset) begin();
  else new MutationObserver((_, watch) => { if ("awake" in page.dataset) { watch.disconnect(); begin(); } })
    .observe(page, { attributeFilter: ["data-awake"] });
})();
