// Every page: the theme's button, boxes that scroll can be reached by key, and the page alone with one picture.
(() => {
  const root = document.documentElement, button = document.querySelector("button.theme");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", `${button.textContent} theme`); };
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("mobiviz-theme", root.dataset.theme); } catch { /* private window: this page only */ }
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();

  const boxes = [...document.querySelectorAll("pre, .scroll, .still, .mobiviz-record")];
  const reach = () => boxes.forEach((box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  new ResizeObserver(reach).observe(document.body);
  document.addEventListener("toggle", reach, true);
  reach();
})();
