// The path down. Four views of one network, each with its ticks: bars, steps of a block, maps of a layer, places of maps.

const VIEWS = ["net", "block", "maps", "sum"];

const down = {
  name: "down",
  follows: ["extra"],
  keys: "Enter or a click goes down: a bar to its block, a step to its maps, a map to the sum of a pixel; Escape goes up. "
    + "Arrow keys walk, Page Down and Page Up turn to the next map or page, 1 to 6 choose a layer that is held here.",
  last: (scene) => viewOf(scene).last(scene),
  stride: () => 1,
  speeds: () => [{ label: "one step, slowly", ticks: 1, ms: 1500 }, { label: "one step", ticks: 1, ms: 600 },
    { label: "all at once", ticks: 1e6, ms: 0 }],
  title: (scene, at) => viewOf(scene).title(scene, at),
  counters: (scene, at) => viewOf(scene).counters(scene, at),
  formula: (scene, at) => viewOf(scene).formula(scene, at),
  caption: (scene, at) => [viewOf(scene).caption(scene, at), scene.note].filter(Boolean).join(" "),
  draw(scene) {
    const asked = VIEW[scene.set.view];
    if (asked.needs && !layerSeen(scene)) ask(scene);
    return viewOf(scene).draw(scene);
  },
  press(scene, event, show) {
    scene.note = "";
    if (event.type === "click") return viewOf(scene).click?.(scene, event, show) ?? false;
    if (event.target.matches("button") && event.key === "Enter") return false;
    const level = VIEWS.indexOf(scene.set.view), { held } = scene.data;
    if (event.key === "Escape" || event.key === "Backspace") { if (level) viewOf(scene).up(scene, show); return true; }
    if (event.key === "Enter") { viewOf(scene).down?.(scene, show); return true; }
    if (event.key.trim() && held[Number(event.key) - 1] !== undefined) {
      go(scene, show, level < 2 ? "maps" : scene.set.view, 1, { layer: held[Number(event.key) - 1], page: 1 });
      return true;
    }
    return viewOf(scene).key?.(scene, event.key, show) ?? false;
  },
};

// To another view, with other settings where some are given.
function go(scene, show, view, at, set = {}) {
  if (set.page !== undefined && scene.set.page === undefined) delete set.page;
  show.pause(); // while the old view is still the one that is drawn
  Object.assign(scene.set, set, { view });
  show.follow.forEach((act) => act());
  show.draw(at);
  show.say();
}

// Whether a kernel can be asked: a page without one holds the same data.
function alive({ data, model }) { return data.live && model.widget_manager !== undefined; }
function ask({ data, set, model }) {
  if (!alive({ data, model }) || !data.counts[set.layer]) return;
  const page = set.page ?? 1, before = model.get("wanted");
  if (before.layer === set.layer && before.page === page) return;
  model.set("wanted", { layer: set.layer, page });
  model.save_changes();
}

function viewOf(scene) {
  const view = VIEW[scene.set.view];
  return view.needs && !layerSeen(scene) ? nothing : view;
}
function netScene(scene) {
  const { data, wide, uid } = scene;
  return (scene.net = Object.assign(scene.net ?? { open: true, set: { net: 0 } }, { data: { nets: [data.net], shares: data.shares }, wide, uid }));
}
function blockOf({ data, set }) { return data.tubes.findIndex((tube) => tube.bars.some((bars) => bars.includes(set.layer))); }
function tubeScene(scene) {
  const { data, wide, uid } = scene;
  return { data: { tubes: data.tubes, parts: data.parts }, set: { block: blockOf(scene) }, wide, uid };
}
function stepOf(scene) { return scene.data.tubes[blockOf(scene)].bars.findIndex((bars) => bars.includes(scene.set.layer)) + 1; }
function reachable(scene, bar) { const { data } = scene; return alive(scene) ? data.counts[bar] > 0 : data.layers[bar] !== undefined; }
// The bar of a step that has maps to open.
function opens(scene, step) { return scene.data.tubes[blockOf(scene)].bars[step - 1]?.find((bar) => reachable(scene, bar)); }

const net = {
  last: (scene) => skyline.last(netScene(scene)),
  title: (scene, at) => skyline.title(netScene(scene), at),
  counters: (scene, at) => skyline.counters(netScene(scene), at),
  formula: (scene, at) => skyline.formula(netScene(scene), at),
  caption: (scene, at) => `${skyline.caption(netScene(scene), at)}${at ? " Enter opens its block." : alive(scene) ? "" : " Dots mark layers whose maps are here."}`,
  draw(scene) {
    const within = netScene(scene), { node, show } = skyline.draw(within), { places } = scene.wide ? scene.data.net.wide : scene.data.net.narrow;
    const base = scene.wide ? 288 : 280; // where the skyline stands
    places.forEach(([x, width], bar) => reachable(scene, bar) && !alive(scene)
      && node.append(svg("circle", { cx: x + width / 2, cy: base + 5, r: 2.5, style: "fill:var(--mv-map);stroke:var(--mv-map-ink)" })));
    node.style.cursor = "pointer";
    return { node, show };
  },
  click(scene, event, show) {
    const { left, width } = show.drawn.node.getBoundingClientRect(), x = (event.clientX - left) / width;
    const far = scene.net.places.map(([from, to]) => Math.max(from - x, x - to, 0));
    return toBlock(scene, show, far.indexOf(Math.min(...far)));
  },
  down: (scene, show) => toBlock(scene, show, Math.max(show.at - 1, 0)),
};

function toBlock(scene, show, bar) {
  scene.set.layer = bar;
  go(scene, show, "block", stepOf(scene));
  return true;
}

const block = {
  last: (scene) => tube.last(tubeScene(scene)),
  title: (scene, at) => `${tubeOf(tubeScene(scene)).path}: ${tube.title(tubeScene(scene), at)}`,
  counters: (scene, at) => tube.counters(tubeScene(scene), at),
  formula: (scene, at) => tube.formula(tubeScene(scene), at),
  caption(scene, at) {
    const steps = tubeOf(tubeScene(scene)).steps, open = at && opens(scene, at);
    const then = !at ? "" : open !== undefined ? " Enter opens its maps." : steps[at - 1].idea === "other" ? "" : " Its maps are not in this picture.";
    return (at || steps.length > 1 ? tube.caption(tubeScene(scene), at) : "A layer of its own.") + then;
  },
  draw(scene) {
    const within = tubeScene(scene), { node, show } = tube.draw(within), groups = [...node.querySelectorAll(":scope > g")];
    const plan = scene.wide ? widePlan(tubeOf(within)) : narrowPlan(tubeOf(within));
    tubeOf(within).steps.forEach((step, i) => {
      if (groups[i]) groups[i].dataset.step = i + 1;
      if (step.idea === "other" || opens(scene, i + 1) === undefined) return;
      groups[i].style.cursor = "pointer";
      const mid = place(plan, i + 0.5), [x, y, anchor] = scene.wide ? [mid, 304, "middle"] : [200, mid + 31, "start"];
      groups[i].append(words(x, y, "its maps ▾", { "text-anchor": anchor, "font-size": 12, class: "mv-in-map" }));
    });
    return { node, show };
  },
  click(scene, event, show) {
    const step = Number(event.target.closest("[data-step]")?.dataset.step);
    return step ? toMaps(scene, show, step) : false;
  },
  down: (scene, show) => toMaps(scene, show, show.at),
  up: (scene, show) => go(scene, show, "net", scene.set.layer + 1),
};

function toMaps(scene, show, step) {
  const bar = opens(scene, step);
  if (bar !== undefined) go(scene, show, "maps", 1, { layer: bar, page: 1 });
  else { show.go(step); show.say(); }
  return true;
}

const maps = {
  needs: true,
  last: (scene) => layerSeen(scene).channels.length,
  title: (scene) => layerSeen(scene).title,
  counters(scene, at) {
    const facts = layerSeen(scene), { values, maps: count, places } = numbersOf(scene, facts), map = at - 1;
    if (!at) return [{ name: "maps", value: facts.count, unit: `maps of ${facts.path}` }];
    const peak = values[(facts.steps.length * count + map) * places + facts.peaks[map]];
    return [{ name: "channel", value: `Channel ${facts.channels[map]}`, unit: `of ${facts.path}` },
      { name: "peak", value: brief(peak), unit: "at the brightest place that is held here", small: true }];
  },
  formula(scene, at) {
    const facts = layerSeen(scene);
    return at ? facts.stats[at - 1] : `${facts.label}: each number is a sum of ${grouped(facts.reads.reduce((a, b) => a * b, 1))} products.`;
  },
  caption(scene, at) {
    const facts = layerSeen(scene);
    return at ? `Where it goes: ${facts.goes[at - 1]}. Enter shows a sum.` : "Choose a map by arrow key or click.";
  },
  draw: (scene) => drawSheet(scene, layerSeen(scene)),
  click(scene, event, show) {
    const { map, large } = event.target.dataset, places = numbersOf(scene, layerSeen(scene)).places;
    if (map !== undefined && show.at !== Number(map) + 1) { show.pause(); show.go(Number(map) + 1); return true; }
    if (map === undefined && large === undefined) return false;
    const place = large === undefined ? layerSeen(scene).peaks[Number(map)] : nearest(layerSeen(scene), event);
    go(scene, show, "sum", Number(large ?? map) * places + place + 1);
    return true;
  },
  key(scene, pressed, show) {
    const step = { ArrowUp: -show.drawn.across, ArrowDown: show.drawn.across }[pressed], turn = { PageDown: 1, PageUp: -1 }[pressed];
    if (turn) return turned(scene, show, turn);
    if (!step) return false;
    const to = show.at ? show.at + step : 1;
    if (to >= 1 && to <= maps.last(scene)) { show.pause(); show.go(to); show.say(); }
    return true;
  },
  down(scene, show) {
    const facts = layerSeen(scene), map = Math.max(show.at - 1, 0);
    go(scene, show, "sum", map * numbersOf(scene, facts).places + facts.peaks[map] + 1);
  },
  up: (scene, show) => go(scene, show, "block", stepOf(scene)),
};

function turned(scene, show, turn) {
  const to = Math.min(scene.set.page ?? 1, pagesOf(scene)) + turn;
  if (scene.set.page !== undefined && to >= 1 && to <= pagesOf(scene)) go(scene, show, "maps", 1, { page: to });
  return true;
}

// The place with numbers that is nearest to where the large map was clicked.
function nearest({ rows, columns, shape }, event) {
  const { left, top, width, height } = event.target.getBoundingClientRect();
  const near = (list, at) => list.reduce((best, value, i) => (Math.abs(value + 0.5 - at) < Math.abs(list[best] + 0.5 - at) ? i : best), 0);
  return near(rows, ((event.clientY - top) / height) * shape[0]) * columns.length + near(columns, ((event.clientX - left) / width) * shape[1]);
}

// Which map and place a tick is; tick 0 is the brightest place of the first map.
function spotOf(scene, at) {
  const facts = layerSeen(scene), { places } = numbersOf(scene, facts), now = at ? at - 1 : facts.peaks[0];
  const m = Math.floor(now / places), p = now % places, { rows, columns } = facts;
  return { facts, m, place: p, row: rows[Math.floor(p / columns.length)], column: columns[p % columns.length] };
}

const sum = {
  needs: true,
  last(scene) { const { maps: count, places } = numbersOf(scene, layerSeen(scene)); return count * places; },
  title(scene, at) {
    const { facts, m, place: p, row, column } = spotOf(scene, at), { value } = madeOf(scene, facts, m, p);
    const where = facts.shape[0] * facts.shape[1] > 1 ? `, row ${row}, column ${column}` : "";
    return `Why channel ${facts.channels[m]} of ${facts.path} says ${brief(value)}${where}`;
  },
  counters(scene, at) {
    const { facts, m, place: p } = spotOf(scene, at), { value, after } = madeOf(scene, facts, m, p);
    return [{ name: "value", value: brief(value, 6), unit: "the number on the map" },
      { name: "sum", value: brief(after[0], 6), unit: "the sum", small: true },
      { name: "products", value: grouped(facts.reads.reduce((a, b) => a * b, 1)), unit: "products", small: true }];
  },
  formula(scene, at) { const { facts, m, place: p } = spotOf(scene, at); return stepsOf(scene, facts, m, p).join("\n"); },
  caption(scene, at) {
    const { facts, row, column } = spotOf(scene, at), all = facts.rows.length * facts.columns.length === facts.shape[0] * facts.shape[1];
    const apart = [facts.rows, facts.columns].map((list) => (list[1] ?? list[0] + 1) - list[0]);
    return `Row ${row}, column ${column} of ${facts.shape.join(" × ")}.`
      + (all ? "" : ` The picture holds the sums of every ${nth(apart[0])} row and ${nth(apart[1])} column.`);
  },
  draw(scene) {
    const { node, show } = drawSum(scene, layerSeen(scene));
    return { node, show: (at) => show(at, spotOf(scene, at)) };
  },
  click(scene, event, show) {
    if (event.target.dataset.large === undefined) return false;
    const { facts, m } = spotOf(scene, show.at);
    show.pause();
    show.go(m * numbersOf(scene, facts).places + nearest(facts, event) + 1);
    return true;
  },
  key(scene, pressed, show) {
    const { facts } = spotOf(scene, show.at), { places } = numbersOf(scene, facts), line = facts.columns.length;
    const by = { ArrowUp: -line, ArrowDown: line, PageDown: places, PageUp: -places }[pressed];
    if (!by) return false;
    const to = (show.at || facts.peaks[0] + 1) + by, same = Math.floor((to - 1) / places) === Math.floor(((show.at || facts.peaks[0] + 1) - 1) / places);
    if (to >= 1 && to <= sum.last(scene) && (same || Math.abs(by) === places)) { show.pause(); show.go(to); show.say(); }
    return true;
  },
  up: (scene, show) => go(scene, show, "maps", spotOf(scene, show.at).m + 1),
};
function nth(n) { return n === 1 ? "" : `${n}${n % 10 === 2 && n !== 12 ? "nd" : n % 10 === 3 && n !== 13 ? "rd" : "th"}`; }

// Where a layer's maps are not here: what can be seen instead.
const nothing = {
  last: (scene) => (alive(scene) && scene.data.counts[scene.set.layer] ? 1e6 : 0), // keeps the place while the kernel works
  title: ({ data, set }) => `The maps of ${data.net.bars[set.layer].path} are not here`,
  counters: () => [],
  formula: () => "",
  caption(scene) {
    const { data, set } = scene;
    if (data.why[set.layer]) return `${data.why[set.layer]}.`;
    if (alive(scene)) return "They come from Python: while this waits, no kernel is connected, or it is busy.";
    return `Here are ${data.held.map((bar, i) => `${i + 1}: ${data.layers[bar].path}`).join(", ")}. In Jupyter mv.explore(net) shows every layer.`;
  },
  draw() { const root = sheet(NARROW, 60); root.append(small(NARROW / 2, 34, "no maps", { "text-anchor": "middle" })); return { node: root, show() {} }; },
  key: (scene, pressed, show) => pressed.startsWith("Page") && turned(scene, show, pressed === "PageDown" ? 1 : -1),
  up: (scene, show) => go(scene, show, "block", stepOf(scene)),
};

const VIEW = { net, block, maps, sum };

export default stage(down);
