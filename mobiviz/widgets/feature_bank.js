// The feature bank. The first ticks store photos, a few a class each; the others are the head's steps.

const bank = {
  name: "bank",
  keys: "Right and Left step: first photos go through the trunk, then the head trains. End finishes, Home starts again, "
    + "Space plays.",
  stays: true,
  last: (scene) => stored(scene).length - 1 + caseOf(scene).right.length - 1,
  stride: () => 1,
  speeds: (scene) => [{ label: "one step, slowly", ticks: 1, ms: 900 }, { label: "one step", ticks: 1, ms: 300 },
    { label: "all at once", ticks: bank.last(scene), ms: 0 }],
  title: (scene) => caseOf(scene).title,
  counters(scene, at) {
    const { photos, step } = moment(scene, at), one = caseOf(scene), trunk = trunkOf(scene);
    return [{ name: "right", value: step ? one.right[step] : 0, unit: step ? `of ${one.of} others right` : "right: no head yet" },
      { name: "trunk", value: grouped(photos * trunk.macs), unit: `MACs in the trunk, ${photos} photos`, small: true },
      { name: "head", value: grouped(one.reads[step] * one.step_macs), unit: "MACs in the head", small: true }];
  },
  formula: (scene) => caseOf(scene).formulas.join("\n"),
  caption(scene, at) {
    const { photos, step, all } = moment(scene, at), one = caseOf(scene), steps = one.right.length - 1;
    if (!at) return "Nothing is stored yet. Each photo goes through the frozen trunk once.";
    if (photos < all) return `${photos} of ${all} photos are stored as ${trunkOf(scene).numbers} numbers each.`;
    if (!step) return `All ${all} photos are stored. The trunk has done its work; now the head trains on the bank.`;
    if (step === steps) return one.agreed;
    const cut = `The map, a flat cut, agrees with it on ${one.agree[step]} of ${one.of}.`;
    return `Step ${step} of ${steps} of the head; no photo goes through the trunk again. ${cut}`;
  },
  draw(scene) {
    const plan = scene.wide
      ? { width: WIDE, height: 358, bank: [190, 26, 142, 150], map: [360, 24, 1], plot: [54, 232, 276, 84] }
      : { width: NARROW, height: 670, bank: [196, 26, 150, 150], map: [2, 240, 0.805], plot: [50, 552, 292, 76] };
    const root = sheet(plan.width, plan.height);
    const parts = [drawFlow(scene, plan, root), drawPlane(scene, plan, root)];
    drawCurve(scene, plan, root);
    return { node: root, show: (at) => parts.forEach((show) => show(moment(scene, at))) };
  },
};

function trunkOf({ data, set }) { return data.trunks[set.trunk ?? 0]; }
function caseOf(scene) { return trunkOf(scene).cases[scene.set.n]; }
function stored({ data, set }) { return data.passes[set.n]; }
function moment(scene, at) {
  const batches = stored(scene), kinds = scene.data.classes.length, first = batches.length - 1;
  return { photos: batches[Math.min(at, first)] * kinds, step: Math.max(0, at - first), all: batches[first] * kinds,
    moving: at > 0 && at <= first };
}

// Some rows of a picture that holds all of them one below the other.
function rows(root, [x, y, width, height], uri, of) {
  const image = svg("image", { href: uri, width: 1, height: of, preserveAspectRatio: "none", style: "image-rendering:pixelated" });
  const box = svg("svg", { x, y, width, height, preserveAspectRatio: "none" }, image);
  root.append(box);
  return (first, count, share = 1) => {
    box.style.visibility = count ? "" : "hidden";
    box.setAttribute("viewBox", `0 ${first} 1 ${count || 1}`);
    box.setAttribute("height", height * share);
  };
}

function drawFlow(scene, plan, root) {
  const { data } = scene, trunk = trunkOf(scene), kinds = data.classes.length, [x, y, width, height] = plan.bank;
  const side = Math.min(40, 150 / kinds - 4), end = y + kinds * (side + 5) - 5, middle = (y + end) / 2;
  const small = (left, top, content, more = {}) => {
    const label = words(left, top, content, { "font-size": 12, class: "mv-muted", ...more });
    root.append(label);
    return label;
  };
  small(10, y - 10, "photos");
  const thumbs = data.classes.map((_, i) => rows(root, [10, y + i * (side + 5), side, side], data.thumbs, data.rows));
  const shape = svg("path", { d: `M66 ${y}L160 ${y + 34}V${end - 34}L66 ${end}z`, style: "fill:var(--mv-other);stroke:var(--mv-other-ink)" });
  root.append(shape, svg("path", { class: "arrow", d: arrow(54, middle, 64) + arrow(164, middle, x - 4) }));
  for (const [i, content] of ["frozen", "trunk"].entries())
    small(113, middle - 3 + 17 * i, content, { "text-anchor": "middle", "font-size": 13, "font-weight": 600, class: "" });
  small(10, end + 20, `${trunk.name}:`);
  small(10, end + 36, `${grouped(trunk.macs)} MACs`);
  const size = small(x, y - 10, "", { class: "mv-in-map", "font-size": 13, "font-weight": 600 });
  root.append(svg("rect", { x, y, width, height, style: "fill:none;stroke:var(--mv-map-ink);stroke-width:1.5" }));
  const cells = rows(root, [x, y, width, height], trunk.bank, data.rows);
  return ({ photos, all, moving }) => {
    size.textContent = `bank: ${photos} × ${trunk.numbers}`;
    cells(0, photos, photos / all);
    thumbs.forEach((show, i) => show(Math.max(photos - kinds, 0) + i, photos ? 1 : 0));
    shape.style.fillOpacity = moving ? 0.55 : 0.15;
    shape.style.strokeWidth = moving ? 3 : 1.5;
  };
}

function arrow(x, y, to) { return `M${x} ${y}H${to - 2}M${to - 6} ${y - 4}L${to} ${y}L${to - 6} ${y + 4}`; }

function drawPlane(scene, plan, root) {
  const { data, wide } = scene, one = caseOf(scene), [left, top, zoom] = plan.map, kinds = data.classes.length;
  const [width, height] = data.map, fills = [["paper", 1], ["panel", 1], ["line", 0.35]];
  const legend = ["large: learned from", "small: asked, filled where the head is right"];
  const lines = wide ? [legend.join(" · ")] : legend;
  lines.forEach((line, i) => root.append(words(left, top - 8 - 16 * (lines.length - 1 - i), line, { "font-size": 12, class: "mv-muted" })));
  const ground = svg("g", { transform: `translate(${left} ${top}) scale(${zoom})` });
  root.append(ground);
  const thin = { "vector-effect": "non-scaling-stroke" };
  const regions = data.classes.map((_, i) => svg("path", { ...thin,
    style: `fill:var(--mv-${fills[i % 3][0]});fill-opacity:${fills[i % 3][1]};stroke:var(--mv-text);stroke-width:1.2` }));
  const mark = (kind, [x, y], scale, edge) => svg("path", { ...thin, d: data.marks[kind],
    transform: `translate(${x} ${y}) scale(${scale / zoom})`, style: `stroke:var(--mv-map-ink);stroke-width:${edge}` });
  const asked = one.asked.map((place, i) => mark(data.truth[i], place, 0.4, 1.1));
  const learned = one.learned.map((place, i) => mark(i % kinds, place, 0.75, 1.3));
  learned.forEach((node) => (node.style.fill = "var(--mv-map)"));
  const names = data.classes.map((name) => words(0, 0, name, { "text-anchor": "middle", "font-size": 15 / zoom,
    "font-weight": 700, class: "mv-halo" }));
  ground.append(...regions, ...learned, ...asked, ...names,
    svg("rect", { ...thin, width, height, style: "fill:none;stroke:var(--mv-line)" }));
  return ({ photos, step }) => {
    const answers = one.answers[step];
    regions.forEach((node, i) => node.setAttribute("d", step && one.regions[step][i].length ? `M${one.regions[step][i].join("L")}z` : ""));
    learned.forEach((node, i) => (node.style.visibility = i < photos ? "" : "hidden"));
    asked.forEach((node, i) => {
      node.style.visibility = step ? "" : "hidden";
      node.style.fill = answers[i] === data.truth[i] ? "var(--mv-map)" : "var(--mv-paper)";
    });
    names.forEach((node, i) => {
      const place = step ? one.names[step][i] : null;
      node.style.visibility = place ? "" : "hidden";
      if (place) { node.setAttribute("x", place[0]); node.setAttribute("y", place[1]); }
    });
  };
}

function drawCurve({ data, set }, plan, root) {
  const [left, top, width, height] = plan.plot, counts = data.trunks[0].curve.map(([n]) => n);
  const span = Math.log(counts.at(-1) / counts[0]) || 1;
  const x = (n) => left + (width * Math.log(n / counts[0])) / span, y = (share) => top + height * (1 - share);
  const small = (a, b, content, more) => root.append(words(a, b, content, { "font-size": 12, class: "mv-muted", ...more }));
  small(10, top - 20, "right answers, mean of many draws");
  for (const share of [0, 0.5, 1]) {
    root.append(svg("path", { class: "wire", style: "stroke-width:0.5", d: `M${left} ${y(share)}h${width}` }));
    small(left - 6, y(share) + 4, `${100 * share}%`, { "text-anchor": "end" });
  }
  for (const n of counts)
    small(x(n), top + height + 18, n, { "text-anchor": "middle", ...(n === set.n ? { class: "mv-now" } : {}) });
  small(left + width / 2, top + height + 35, "photos a class", { "text-anchor": "middle" });
  const best = Math.max(...data.trunks.map(({ curve }) => curve.at(-1)[1]));
  data.trunks.forEach(({ curve, name }, i) => {
    const ink = `stroke:var(--mv-${i === (set.trunk ?? 0) ? "map" : "other"}-ink);fill:none`;
    for (const [n, , low, high] of curve)
      root.append(svg("path", { style: `${ink};stroke-width:1.5`, d: `M${x(n)} ${y(low)}V${y(high)}` }));
    const share = curve.at(-1)[1];
    small(left + width, y(share) + (share < best ? 22 : -9), name,
      { "text-anchor": "end", class: `mv-in-${i === (set.trunk ?? 0) ? "map" : "other"}` });
    root.append(svg("path", { style: `${ink};stroke-width:2`, d: `M${curve.map(([n, mean]) => `${x(n)} ${y(mean)}`).join("L")}` }));
  });
  const here = data.trunks[set.trunk ?? 0].curve.find(([n]) => n === set.n);
  root.append(svg("circle", { cx: x(here[0]), cy: y(here[1]), r: 5,
    style: "fill:var(--mv-map);stroke:var(--mv-map-ink);stroke-width:2" }));
}

export default stage(bank);
