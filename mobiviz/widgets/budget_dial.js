// The budget dial. Tick 0 shows the setting, tick i reads the i-th gauge.

const dial = {
  name: "dial",
  keys: "Right and Left read the gauges one by one, Home shows the setting; the two sliders turn the knobs.",
  last: ({ data }) => data.gauges.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "one gauge, slowly", ticks: 1, ms: 1600 }, { label: "one gauge", ticks: 1, ms: 700 },
    { label: "all at once", ticks: dial.last(scene), ms: 0 }],
  title: (scene) => cellOf(scene).title,
  counters(scene) {
    const { shown } = cellOf(scene);
    return [{ name: "macs", value: shown.macs, unit: "MACs" },
      { name: "params", value: shown.params, unit: "parameters", small: true },
      { name: "bytes", value: shown.bytes, unit: "activations", small: true },
      { name: "ms", value: shown.ms, unit: `on ${scene.data.clock}`, small: true },
      { name: "top1", value: shown.top1, unit: "published", small: true }];
  },
  formula: (scene) => cellOf(scene).formula,
  caption(scene, at) {
    const cell = cellOf(scene);
    return at ? cell.words[scene.data.gauges[at - 1][0]] : "The block is as wide and high as alpha and as deep as rho²: its volume is what is left of the MACs, nearly.";
  },
  draw(scene) {
    const { wide, uid, data } = scene, cell = cellOf(scene);
    const plan = wide
      ? { width: WIDE, height: 452, block: [24, 176, 104, 50], left: 330, right: 650, top: 14, row: 42, plane: [64, 780, 226, 410], label: 12 }
      : { width: NARROW, height: 600, block: [24, 150, 90, 40], left: 92, right: 262, top: 188, row: 38, plane: [44, 326, 378, 556], label: 12 };
    const root = sheet(plan.width, plan.height);
    root.append(hatches(uid));
    const [x, y, unit, deep] = plan.block, [a, r] = cell.ratio, left = cell.at[0] > 0.25; // dots rise to the right
    root.append(words(x, y + 20, "outlined: MobileNetV2, alpha 1, 224 pixels", { "font-size": 12, class: "mv-muted" }));
    for (const [width, depth, style] of [[1, 1, "fill:none;stroke:var(--mv-line);stroke-dasharray:4 4"], [a, r * r, hatched(uid, "map")]]) {
      const side = unit * width, back = deep * depth;
      for (const d of [`M${x} ${y}v${-side}h${side}v${side}z`, `M${x} ${y - side}l${back} ${-back}h${side}l${-back} ${back}z`,
        `M${x + side} ${y}l${back} ${-back}v${-side}l${-back} ${back}z`]) root.append(svg("path", { d, style }));
    }
    const bars = data.gauges.map(([name, label], i) => {
      const top = plan.top + plan.row * i, share = cell.shares[name];
      const box = svg("g", {}, words(plan.left - 10, top + 18, label, { "text-anchor": "end", "font-size": plan.label }),
        svg("rect", { x: plan.left, y: top, width: plan.right - plan.left, height: 24, style: "fill:none;stroke:var(--mv-line)" }));
      if (share !== null) box.append(svg("rect", { x: plan.left, y: top, width: (plan.right - plan.left) * share, height: 24, style: hatched(uid, "map") }));
      box.append(words(plan.right + 8, top + 18, cell.shown[name], { "font-size": plan.label }));
      root.append(box);
      return box;
    });
    const [x0, x1, y0, y1] = plan.plane, across = (v) => x0 + (x1 - x0) * v, up = (v) => y1 - (y1 - y0) * v;
    root.append(svg("path", { class: "wire", d: `M${x0} ${y0}V${y1}H${x1}` }),
      words((x0 + x1) / 2, y1 + 38, "MACs, in steps of the same factor", { "text-anchor": "middle", "font-size": 12, class: "mv-muted" }),
      words(x0, y0 - 8, "published top-1", { "font-size": 12, class: "mv-muted" }),
      ...data.up.map(([v, name]) => words(x0 - 6, up(v) + 4, name, { "text-anchor": "end", "font-size": 12, class: "mv-muted" })),
      ...data.across.map(([v, name]) => words(across(v), y1 + 20, name, { "text-anchor": "middle", "font-size": 12, class: "mv-muted" })));
    root.append(svg("path", { d: `M${across(cell.at[0])} ${y0}V${y1}`, style: "stroke:var(--mv-yours-ink);stroke-dasharray:4 4;fill:none" }));
    for (const each of Object.values(data.cells)) root.append(svg("circle", { cx: across(each.at[0]), cy: up(each.at[1]), r: 4,
      style: "fill:var(--mv-map);stroke:var(--mv-map-ink)" }));
    root.append(svg("circle", { cx: across(cell.at[0]), cy: up(cell.at[1]), r: 7, style: "fill:var(--mv-yours);stroke:var(--mv-yours-ink);stroke-width:1.5" }),
      words(across(cell.at[0]) + (left ? -12 : 12), up(cell.at[1]) + (left ? -10 : 18), cell.shown.top1,
        { "text-anchor": left ? "end" : "start", "font-weight": 600, class: "mv-halo" }));
    return { node: root, show(at) { bars.forEach((bar, i) => (bar.style.opacity = !at || at === i + 1 ? 1 : 0.35)); } };
  },
};

function cellOf({ data, set }) { return data.cells[`${keyed(set.alpha)},${set.size}`]; }
function keyed(alpha) { return Number.isInteger(alpha) ? alpha.toFixed(1) : String(alpha); }

export default stage(dial);
