// The stage that every picture of the course stands on: stepping, playing, speaking, themes, table, address.
// An idea is an object; `stage(idea)` makes the module that anywidget and our pages run. Ticks are the finest steps.
//   name, keys             the word in the page's #fragment; what the keys do, in words
//   last(scene)            how many ticks there are; tick 0 is the empty picture
//   stride(scene)          how many ticks make one coarse step
//   speeds(scene)          [{label, ticks, ms}], the choices for playing; an empty list hides Play
//   draw(scene)            {node, show(at)}: an SVG drawn once per setting, and what changes with the tick
//   title, caption, formula (scene, at) as words; counters(scene, at) as [{name, value, unit, small}]
//   stays                  optional: true where a picture at its end stays there under another setting
//   press(scene, event)    optional: true where the idea took the key or click itself
//   follows                optional: traits beside `data` whose change draws anew
//   hover(scene, event)    optional: what the pointer's place in the picture shows
// A scene is {data, grids, set, wide, uid, model}: what Python gave, the chosen settings, and whether there is room.

const WIDE = 800, NARROW = 350, SVG = "http://www.w3.org/2000/svg";

function make(node, attrs, children) {
  for (const [key, value] of Object.entries(attrs)) if (value !== undefined) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
function html(tag, attrs = {}, ...children) { return make(document.createElement(tag), attrs, children); }
function svg(tag, attrs = {}, ...children) { return make(document.createElementNS(SVG, tag), attrs, children); }
// `C_out` is a C with a small "out" below the line, in a picture and in a sentence.
function lowered(line, below, after = (rest) => rest) {
  return String(line).split(/_(in|out)\b/).map((part, i) => (i % 2 ? below(part) : i && part ? after(part) : part));
}
function words(x, y, content, attrs = {}) {
  const low = (part) => svg("tspan", { dy: 3, "font-size": "80%" }, part), back = (part) => svg("tspan", { dy: -3 }, part);
  return svg("text", { x, y, "font-size": 13, ...attrs }, ...lowered(content, low, back));
}
function sentence(line) { return lowered(line, (part) => html("sub", {}, part)); }
function sheet(width, height) { return svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }); }
function bytes(view) { return view ? new Int8Array(view.buffer, view.byteOffset, view.byteLength) : new Int8Array(); }
function signed(value) { return String(value).replace("-", "−"); }
function grouped(value) { return value.toLocaleString("en-GB"); }

// A square of a grid with a value; `show` sets its class, and its value where one is given.
function cell(parent, x, y, side, value = "") {
  const label = svg("text", { x: x + side / 2, y: y + side / 2 + 4.3 }, signed(value));
  const box = svg("g", { class: "cell" }, svg("rect", { x, y, width: side, height: side }), label);
  parent.append(box);
  let now = "";
  return {
    show(kind, next) {
      if (kind !== now) box.setAttribute("class", `cell ${(now = kind)}`);
      if (next !== undefined && label.textContent !== (next = signed(next))) label.textContent = next;
    },
  };
}

// Fills with hatches: `fill(idea)` inside a picture that starts with `hatches(uid)`.
function hatches(uid) {
  const defs = svg("defs");
  for (const [name, { hatch }] of Object.entries(IDEAS)) {
    const dot = hatch.endsWith("h.01") ? { "stroke-width": 2.4, "stroke-linecap": "round" } : { "stroke-width": 1 };
    const stroke = { d: hatch, fill: "none", opacity: 0.55, style: `stroke:var(--mv-${name}-on)`, ...dot };
    defs.append(svg("pattern", { id: `${uid}-${name}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
      svg("rect", { width: 8, height: 8, style: `fill:var(--mv-${name})` }), svg("path", stroke)));
  }
  return defs;
}
function hatched(uid, name) { return `fill:url(#${uid}-${name});stroke:var(--mv-${name}-ink);stroke-width:1.5`; }

const ICONS = { home: "M1 1h2v12H1zM13 1v12L4 7z", back: "M11 1v12L3 7z", play: "M3 1v12l9-6z",
  pause: "M2 1h4v12H2zM8 1h4v12H8z", on: "M3 1v12l8-6z", end: "M11 1h2v12h-2zM1 1v12l9-6z" };
function icon(name) { return svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, svg("path", { d: ICONS[name] })); }
function still() { return matchMedia("(prefers-reduced-motion: reduce)").matches; }
function themeNow() {
  const lab = document.body.dataset.jpThemeLight, site = document.documentElement.dataset.theme;
  if (lab) return lab === "true" ? "light" : "dark";
  if (site === "light" || site === "dark") return site;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

class Show {
  constructor(idea, model, host) {
    const grids = bytes(model.get("grids"));
    const address = idea.name + (host.dataset.nth ?? ""); // a page may show an idea twice: #tube, #tube-2
    const { at = 0, ...set } = { ...model.get("start"), ...fragment(address) };
    Object.assign(this, { idea, model, address, timer: 0, wide: undefined, follow: [] });
    this.scene = { data: model.get("data"), grids, set, model, uid: `mv${(globalThis.mvCount = (globalThis.mvCount ?? 0) + 1)}`, redraw: () => this.draw() };
    for (const control of this.scene.data.controls) {
      if (!control.values.includes(set[control.name])) set[control.name] = control.values[0];
    }
    this.build(host);
    this.at = at;
    this.listen(host);
    this.resize(host.clientWidth || WIDE);
    host.addEventListener("mv-run", ({ detail }) => this.run(detail));
  }

  build(host) {
    const { scene, idea } = this, id = scene.uid, part = (this.part = {});
    const live = { "aria-live": "polite", "aria-atomic": "true", class: "mv-unseen", "data-said": "" };
    part.title = html("p", { class: "mv-title", id: `${id}-title` });
    part.picture = html("div", { class: "mv-picture", tabindex: 0, role: "application", "aria-labelledby": `${id}-title`,
      "aria-describedby": `${id}-alt` });
    part.alt = html("p", { class: "mv-unseen", id: `${id}-alt` }, `${scene.data.alt} ${idea.keys}`);
    part.counters = html("div", { class: "mv-counters" });
    part.caption = html("p", { class: "mv-caption" });
    part.formula = html("p", { class: "mv-formula", "data-formula": "" });
    part.said = html("div", live);
    part.root = html("figure", { class: "mv", role: "group", "aria-labelledby": `${id}-title`, "data-idea": idea.name },
      part.title, this.buttons(), part.picture, part.counters, part.formula, part.caption,
      (part.settings = this.settings()),
      html("p", { class: "mv-hint" }, idea.keys), (part.table = this.table()), part.alt, part.said);
    this.mark();
    host.append(part.root);
  }

  mark() {
    // JupyterLab takes the arrow keys from each element that lacks this mark; on an ancestor it does nothing.
    for (const node of this.part.root.querySelectorAll("button, input, select, summary, [tabindex]")) {
      node.dataset.lmSuppressShortcuts = "true";
    }
  }

  // What the kernel knows by now is drawn where the reader stands; controls stay unless they have new values.
  renew() {
    const { scene, part, idea } = this, before = JSON.stringify(scene.data.controls);
    scene.data = this.model.get("data");
    scene.grids = bytes(this.model.get("grids"));
    for (const { name, values } of scene.data.controls) if (!values.includes(scene.set[name])) scene.set[name] = values[0];
    part.alt.textContent = `${scene.data.alt} ${idea.keys}`;
    const swap = (name, next) => { part[name].replaceWith(next); part[name] = next; };
    if (JSON.stringify(scene.data.controls) !== before) { this.follow = []; swap("settings", this.settings()); }
    const open = part.table.open;
    swap("table", this.table());
    part.table.open = open;
    this.mark();
    this.draw();
  }

  buttons() {
    const speeds = this.idea.speeds(this.scene), bar = html("div", { class: "mv-bar" });
    const button = (name, label, act) => {
      const node = html("button", { type: "button", "aria-label": label, title: label }, icon(name));
      node.addEventListener("click", act);
      return node;
    };
    this.part.scrub = html("input", { type: "range", min: 0, class: "mv-scrub", "aria-label": "step" });
    this.part.scrub.addEventListener("input", () => {
      const to = Number(this.part.scrub.value); // before pausing, which draws where the picture stood
      this.pause();
      this.go(to);
    });
    this.part.scrub.addEventListener("change", () => this.say());
    bar.append(button("home", "to the start", () => this.step("Home")), button("back", "one step back", () => this.step("ArrowLeft")));
    if (speeds.length) {
      this.part.play = html("button", { type: "button", class: "mv-play" });
      this.part.play.addEventListener("click", () => (this.timer ? this.pause(true) : this.play()));
      bar.append(this.part.play);
    }
    bar.append(button("on", "one step on", () => this.step("ArrowRight")), button("end", "to the end", () => this.step("End")));
    // After a pointer's click the keys belong to the picture; a button that was pressed by key keeps its focus.
    bar.addEventListener("click", (event) => event.detail && this.part.picture.focus({ preventScroll: true }));
    const row = html("div", { class: "mv-row" }, bar, this.part.scrub);
    if (speeds.length) {
      this.part.speed = html("select", { "aria-label": "speed" }, ...speeds.map((s, i) => html("option", { value: i }, s.label)));
      this.part.speed.value = 1;
      row.append(html("label", { class: "mv-inline" }, "play by", this.part.speed));
    }
    return row;
  }

  settings() {
    const { set, data } = this.scene;
    return html("div", { class: "mv-settings" }, ...data.controls.map(({ name, label, values, labels }) => {
      // Numbers get a slider that snaps to the values given; words get a list.
      const attrs = { class: "mv-setting", "data-setting": name, "aria-label": label.replace("_", " ") };
      const input = labels ? html("select", attrs, ...labels.map((text, i) => html("option", { value: i }, text)))
        : html("input", { ...attrs, type: "range", min: 0, max: values.length - 1 });
      const shown = labels ? "" : html("output"), follow = () => {
        input.value = values.indexOf(set[name]);
        if (shown) input.setAttribute("aria-valuetext", (shown.textContent = String(set[name])));
      };
      input.addEventListener("input", () => {
        const end = this.idea.stays && this.at >= this.idea.last(this.scene);
        set[name] = values[Number(input.value)];
        follow();
        this.draw(end ? Infinity : 0);
        this.say();
      });
      this.follow.push(follow);
      follow();
      return html("label", labels ? { class: "mv-inline" } : {}, html("span", {}, ...sentence(label), " ", shown), input);
    }));
  }

  table() {
    const [head, ...rows] = this.scene.data.table;
    const row = (tag, cells) => html("tr", {}, ...cells.map((c) => html(tag, tag === "th" ? { scope: "col" } : {},
      typeof c === "number" ? grouped(c) : String(c))));
    const grid = html("table", {}, html("thead", {}, row("th", head)), html("tbody", {}, ...rows.map((r) => row("td", r))));
    return html("details", {}, html("summary", {}, "The numbers as a table"),
      html("div", { class: "mv-scroll", tabindex: 0, role: "region", "aria-label": "table" }, grid));
  }

  listen(host) {
    const { root, picture } = this.part, on = (target, type, act) => {
      target.addEventListener(type, act);
      this.undo.push(() => target.removeEventListener(type, act));
    };
    this.undo = [];
    on(root, "keydown", (event) => this.press(event));
    on(picture, "click", (event) => this.idea.press?.(this.scene, event, this) && this.say());
    if (this.idea.hover) on(picture, "pointermove", (event) => this.idea.hover(this.scene, event, this));
    const paint = () => (root.dataset.theme = themeNow());
    on(matchMedia("(prefers-color-scheme: dark)"), "change", paint);
    on(window, "hashchange", () => this.fromAddress());
    const renew = () => this.renew();
    for (const name of ["data", ...(this.idea.follows ?? [])]) {
      this.model.on(`change:${name}`, renew);
      this.undo.push(() => this.model.off(`change:${name}`, renew));
    }
    const themes = new MutationObserver(paint), sizes = new ResizeObserver(() => this.resize(host.clientWidth));
    themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    sizes.observe(host);
    this.undo.push(() => themes.disconnect(), () => sizes.disconnect());
    paint();
  }

  press(event) {
    const inside = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    event.stopPropagation();
    if (inside.matches("select, .mv-setting, .mv-scroll, summary")) return;
    const taken = event.key === " " ? this.part.play && !inside.matches("button") && this.toggle()
      : this.idea.press?.(this.scene, event, this) || this.step(event.key, event.shiftKey);
    if (taken) event.preventDefault();
  }

  step(key, fine = false) {
    const last = this.idea.last(this.scene), size = fine ? 1 : this.idea.stride(this.scene);
    const to = { ArrowRight: Math.floor(this.at / size) * size + size, ArrowLeft: Math.ceil(this.at / size) * size - size,
      Home: 0, End: last }[key];
    if (to === undefined) return false;
    this.pause();
    this.go(Math.min(Math.max(to, 0), last));
    this.say();
    return true;
  }

  toggle() { this.timer ? this.pause(true) : this.play(); return true; }
  play() {
    const last = this.idea.last(this.scene), { ticks, ms } = this.idea.speeds(this.scene)[Number(this.part.speed.value)];
    if (this.at >= last) this.go(0);
    if (still() || !ms) { this.go(last); this.say(); return; }
    const tick = () => {
      this.go(Math.min(Math.floor(this.at / ticks) * ticks + ticks, last));
      if (this.at >= last) this.pause(true);
    };
    this.timer = setInterval(tick, ms);
    this.go(this.at);
  }
  // Once from here to the end in so many milliseconds, silently: how a page opens. Any key or click takes over.
  run(ms) {
    const last = this.idea.last(this.scene), from = this.at, begin = performance.now();
    if (still()) return this.go(last);
    this.timer = setInterval(() => {
      const part = Math.min((performance.now() - begin) / ms, 1);
      if (part === 1) this.pause();
      this.go(Math.round(from + (last - from) * part));
    }, 33);
  }
  pause(speak = false) {
    clearInterval(this.timer);
    this.timer = 0;
    this.go(this.at);
    if (speak) this.say();
  }

  resize(width) {
    const wide = width >= 720;
    if (width && wide !== this.wide) { this.wide = this.scene.wide = wide; this.draw(this.at); }
  }

  draw(at = this.at) {
    clearInterval(this.timer);
    this.timer = 0;
    this.drawn = this.idea.draw(this.scene);
    this.follow.forEach((act) => act()); // an idea may have snapped a setting to one that it has numbers for
    this.drawn.node.style.maxWidth = `${this.wide ? WIDE * 1.35 : NARROW * 1.3}px`;
    this.part.picture.replaceChildren(this.drawn.node);
    this.part.scrub.max = this.idea.last(this.scene);
    this.go(Math.round(Math.min(Math.max(Number(at) || 0, 0), this.idea.last(this.scene))));
  }

  go(at) {
    this.at = at;
    if (!this.drawn) return;
    const { scene, part, idea } = this, last = idea.last(scene);
    this.drawn.show(at);
    part.title.textContent = idea.title(scene, at);
    part.caption.replaceChildren(...sentence(idea.caption(scene, at)));
    part.formula.replaceChildren(...sentence(idea.formula(scene, at)));
    this.count(idea.counters(scene, at));
    part.scrub.value = at;
    part.scrub.setAttribute("aria-valuetext", `step ${at} of ${last}`);
    part.play?.replaceChildren(icon(this.timer ? "pause" : "play"), this.timer ? "Pause" : "Play");
    part.root.dataset.at = at;
    part.root.dataset.address = [...scene.data.controls.map(({ name }) => `${name}=${scene.set[name]}`), `at=${at}`].join("&");
    this.model.set("start", { ...scene.set, at });
  }

  count(counters) {
    const { part } = this, names = counters.map((c) => c.name).join();
    if (part.counters.dataset.names !== names) {
      part.counters.dataset.names = names;
      part.counters.replaceChildren(...counters.map(({ name, small }) => html("div", { class: small ? "mv-small" : "" },
        html("output", { "data-count": name, "aria-live": "off" }), html("span"))));
    }
    counters.forEach(({ value, unit }, i) => {
      const [shown, words] = part.counters.children[i].children;
      shown.textContent = value;
      shown.setAttribute("aria-label", (words.textContent = unit));
    });
  }

  say() {
    const { scene, idea, at } = this, counts = idea.counters(scene, at).map(({ value, unit }) => `${value} ${unit}`);
    const ended = at >= idea.last(scene) || scene.open ? idea.formula(scene, at).split("\n") : [];
    const said = [...counts, idea.caption(scene, at), ...ended].filter(Boolean);
    this.part.said.textContent = said.map((part) => part.replace(/\.$/, "")).join(". ");
  }

  fromAddress() {
    const found = fragment(this.address);
    if (!Object.keys(found).length) return;
    const { at = 0, ...set } = found;
    for (const { name, values } of this.scene.data.controls) if (values.includes(set[name])) this.scene.set[name] = set[name];
    this.follow.forEach((act) => act());
    this.draw(at);
  }

  close() { clearInterval(this.timer); this.undo.forEach((act) => act()); }
}

// `#odometer?k=3&at=270` is the state of the odometer on this page.
function fragment(name) {
  const [head, query = ""] = decodeURIComponent(location.hash.slice(1)).split("?");
  if (head !== name) return {};
  return Object.fromEntries([...new URLSearchParams(query)].map(([k, v]) => [k, v.trim() && !isNaN(v) ? Number(v) : v]));
}

function stage(idea) {
  return { render({ model, el }) { const show = new Show(idea, model, el); return () => show.close(); } };
}
