// Wakes the pictures of a page without a kernel: gives each the model that it would have had in a notebook, and an
// address of its own (#race, #tube-2) that holds its state. `?present` shows the addressed picture alone.
(async () => {
  const parse = (node) => JSON.parse(node.textContent);
  const shared = Object.fromEntries([...document.querySelectorAll("script[data-shared]")].map((n) => [n.dataset.shared, parse(n)]));
  const modules = {}, met = {}, RUN_MS = 4500;
  const load = (key) => (modules[key] ??= import(URL.createObjectURL(new Blob([shared[key]], { type: "text/javascript" }))));
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const named = (head) => [...document.querySelectorAll("[data-name]")].find((host) => host.dataset.name === head);
  const head = () => decodeURIComponent(location.hash.slice(1)).split("?")[0];

  function modelOf({ state, buffers }) {
    const heard = [];
    for (const { path, data } of buffers) path.slice(0, -1).reduce((at, key) => at[key], state)[path.at(-1)] = bytes(data);
    const tell = (name) => heard.filter((one) => one.name === name).forEach((one) => one.act());
    return {
      get: (key) => state[key],
      set(key, value) { state[key] = value; tell(`change:${key}`); tell("change"); },
      on: (name, act) => void heard.push({ name, act }),
      off(name, act) {
        const kept = heard.filter((one) => (name && one.name !== name) || (act && one.act !== act));
        heard.splice(0, heard.length, ...kept);
      },
      save_changes() {},
      send() {},
    };
  }

  async function wake(host) {
    const { render, initialize } = (await load(host.dataset.live)).default, el = document.createElement("div");
    const { apart } = host.dataset, known = apart ? structuredClone(mobivizStates[apart]) : parse(host.querySelector("script"));
    const model = modelOf(known), nth = (met[host.dataset.live] = (met[host.dataset.live] ?? 0) + 1);
    if (nth > 1) el.dataset.nth = `-${nth}`;
    await initialize?.({ model });
    host.replaceChildren(el);
    await render({ model, el });
    const figure = el.querySelector("[data-idea]");
    if (!figure) return;
    host.dataset.name = figure.dataset.idea + (el.dataset.nth ?? "");
    if (!("plain" in host.dataset)) host.append(tools(host, figure));
    follow(host, figure);
    if ("run" in host.dataset && head() !== host.dataset.name) once(host, () => el.dispatchEvent(new CustomEvent("mv-run", { detail: RUN_MS })));
  }

  // When half of it, or half a window of it, is in sight for the first time.
  function once(host, act) {
    const eye = new IntersectionObserver((seen) => {
      if (!seen.some(({ intersectionRatio: part, intersectionRect: box }) => part >= 0.5 || box.height >= innerHeight / 2)) return;
      eye.disconnect();
      act();
    }, { threshold: [0.1, 0.2, 0.3, 0.4, 0.5] });
    eye.observe(host);
  }

  const address = (host, figure) => `#${host.dataset.name}?${figure.dataset.address}`;

  // The reader's steps go into the address bar; a page that was only read keeps its own address.
  function follow(host, figure) {
    let later = 0;
    const write = () => { try { history.replaceState(null, "", address(host, figure)); } catch { /* too many, or a guarded file: */ } };
    const soon = () => { clearTimeout(later); later = setTimeout(write, 250); };
    for (const type of ["keyup", "click", "change"]) figure.addEventListener(type, soon);
  }

  function tools(host, figure) {
    const row = document.createElement("p"), copy = document.createElement("button"), alone = document.createElement("a");
    const told = document.createElement("span");
    row.className = "tools";
    copy.type = "button";
    copy.textContent = "Copy link";
    alone.textContent = "Show alone";
    told.setAttribute("role", "status");
    const whole = (query = "") => location.href.split(/[?#]/)[0] + query + address(host, figure);
    const aim = () => { alone.href = whole("?present"); };
    for (const type of ["pointerenter", "focus", "pointerdown"]) alone.addEventListener(type, aim);
    aim();
    copy.addEventListener("click", async () => {
      const link = whole();
      history.replaceState(null, "", address(host, figure));
      try { await navigator.clipboard.writeText(link); told.textContent = "Copied, with what the picture shows now."; }
      catch { told.textContent = "The link is in the address bar now."; }
    });
    row.append(copy, alone, told);
    return row;
  }

  // For a projector: everything that neither is nor holds the picture is hidden, until Escape.
  function present(host) {
    const page = document.documentElement, hidden = [];
    for (let node = host; node !== document.body; node = node.parentElement) {
      for (const other of node.parentElement.children) {
        if (other !== node && !other.hidden && !/^(SCRIPT|STYLE)$/.test(other.tagName)) { other.hidden = true; hidden.push(other); }
      }
    }
    page.dataset.present = "";
    const back = Object.assign(document.createElement("a"), { className: "back", textContent: "Back to the page (Esc)" });
    back.href = location.href.split(/[?#]/)[0] + location.hash;
    document.querySelector("main").append(back);
    addEventListener("keydown", (event) => { if (event.key === "Escape") location.assign(location.href.split(/[?#]/)[0] + location.hash); });
    const frame = document.querySelector("div.frame");
    // As large as the projector shows it whole, in width and in height.
    const fit = () => {
      frame.style.zoom = 1;
      const { width, height } = host.getBoundingClientRect(), wide = innerWidth >= 1600;
      frame.style.zoom = wide ? Math.max(1, Math.min((innerWidth - 60) / width, (innerHeight - 60) / height, 1.6)) : 1;
    };
    fit();
    addEventListener("resize", fit);
    host.querySelector(".mv-picture")?.focus({ preventScroll: true });
  }

  async function chart(host) {
    const script = host.querySelector("script"), dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const text = dark ? script.textContent.replace(/#[0-9a-f]{6}/gi, (hue) => MV_DARK[hue.toLowerCase()] ?? hue) : script.textContent;
    const { data, layout, config } = JSON.parse(text);
    if (!host.querySelector(".plot")) host.append(Object.assign(document.createElement("div"), { className: "plot" }));
    await Plotly.react(host.querySelector(".plot"), data, layout, { responsive: true, displayModeBar: false, ...config });
  }

  const charts = [...document.querySelectorAll("[data-plotly]")], paint = () => charts.forEach(chart);
  for (const host of document.querySelectorAll("[data-live]")) await wake(host);
  for (const host of charts) await chart(host);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const meant = named(head());
  if (new URLSearchParams(location.search).has("present")) present(meant ?? document.querySelector("[data-live]"));
  else meant?.scrollIntoView({ block: "start" });
  addEventListener("hashchange", () => named(head())?.scrollIntoView({ block: "start" }));
  document.documentElement.dataset.awake = "";
})();
