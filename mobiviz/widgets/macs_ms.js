// MACs against ms. Tick 0 is the whole plane, tick i the network with the i-th fewest MACs.

const macsMs = {
  name: "macs-ms",
  keys: "Right and Left walk along the networks, Home shows all of them, Space plays.",
  last: ({ data }) => data.nets.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "one network, slowly", ticks: 1, ms: 2500 }, { label: "one network", ticks: 1, ms: 1000 },
    { label: "all at once", ticks: macsMs.last(scene), ms: 0 }],
  title: (scene) => runOf(scene)?.title ?? scene.data.title,
  counters(scene, at) {
    const run = runOf(scene), { nets } = scene.data, point = pointOf(scene, at);
    if (!at || !run) {
      const told = { name: "told", value: run?.told ?? "0", unit: "pairs are ranked" };
      return run ? [told, { name: "rates", value: run.rates, unit: "GMAC/s", small: true }] : [told];
    }
    const net = { name: "net", value: nets[at - 1].name, unit: `${grouped(nets[at - 1].macs)} MACs` };
    if (!point) return [net];
    return [net, { name: "ms", value: point.time, unit: `ms per image, ${point.range}`, small: true },
      { name: "rate", value: point.rate, unit: "GMAC/s", small: true },
      { name: "place", value: point.place, unit: `place of ${run.points.length}`, small: true }];
  },
  formula(scene, at) {
    return at ? pointOf(scene, at)?.sum ?? "" : runOf(scene) ? scene.data.apart : "";
  },
  caption(scene, at) {
    const run = runOf(scene);
    if (!run) return scene.data.question;
    const settings = run.caption.split(".")[0], back = scene.back ? ` ${scene.back}` : "";
    if (!at) return run.caption + back;
    return `${pointOf(scene, at)?.said ?? `Not timed with ${settings}.`}${back}`;
  },
  draw(scene) {
    snap(scene);
    const { data, wide } = scene, frame = wide ? data.frames.wide : data.frames.narrow;
    const plane = placed(data.plane, frame), root = sheet(frame.width, frame.base + 48), run = runOf(scene);
    axes(data.plane, plane, frame, root);
    const ways = joins(run, data, plane, root), first = data.runs[0];
    if (run && run !== first) first.points.forEach((point) => dot(point, data, plane, root, "was"));
    const dots = new Map((run?.points ?? []).map((point) => [point.at, dot(point, data, plane, root, "now")]));
    const names = above(scene, frame, plane, root);
    const ray = svg("path", { class: "arrow", style: "stroke-dasharray:6 4" });
    root.append(ray);
    return { node: root, show(at) {
      dots.forEach((node, i) => (node.style.opacity = at && i !== at - 1 ? 0.35 : ""));
      names.forEach((node, i) => (node.style.fontWeight = i === at - 1 ? 700 : 600));
      ways.forEach(({ from, node }) => (node.style.visibility = from === at - 1 ? "" : "hidden"));
      const point = pointOf(scene, at);
      ray.style.visibility = point ? "" : "hidden";
      if (point) ray.setAttribute("d", plane.ray(data.nets[point.at].macs / point.ms[0]));
    } };
  },
};

function runOf({ data, set }) {
  const all = Object.keys(set), same = (run) => all.every((key) => !(key in run) || run[key] === set[key]);
  return data.runs.find(same) ?? data.runs[0];
}
function pointOf(scene, at) { return at ? runOf(scene)?.points.find((point) => point.at === at - 1) : undefined; }

// Only what was measured can be shown: the setting that was just chosen stays, the others go along.
function snap(scene) {
  const { data, set } = scene, keys = data.controls.map(({ name }) => name), was = scene.was ?? {};
  scene.back = "";
  if (data.runs.length && !data.runs.some((run) => keys.every((key) => run[key] === set[key]))) {
    const chosen = keys.find((key) => set[key] !== was[key]) ?? keys[0];
    const far = (run) => (run[chosen] === set[chosen] ? 0 : 9) + keys.filter((key) => run[key] !== set[key]).length;
    const [run] = [...data.runs].sort((a, b) => far(a) - far(b));
    const moved = keys.filter((key) => run[key] !== set[key]);
    for (const key of keys) set[key] = run[key];
    scene.back = `This was measured with ${moved.map((key) => `${key} ${set[key]}`).join(" and ")}.`;
  }
  scene.was = { ...set };
}

function placed({ macs, ms }, { left, right, above, base }) {
  const share = (value, [low, high]) => Math.log(value / low) / Math.log(high / low);
  const x = (value) => left + (right - left) * share(value, macs), y = (value) => base - (base - above) * share(value, ms);
  const ends = (perMs) => [Math.max(macs[0], ms[0] * perMs), Math.min(macs[1], ms[1] * perMs)];
  const ray = (perMs) => ends(perMs).map((m, i) => `${i ? "L" : "M"}${x(m)} ${y(m / perMs)}`).join("");
  return { x, y, ends, ray };
}

function axes(data, plane, { left, right, above, base, width }, root) {
  const small = (x, y, content, attrs = {}) =>
    root.append(words(x, y, content, { "font-size": 12, class: "mv-muted", ...attrs }));
  for (const [value, label] of data.ms_ticks) {
    root.append(svg("path", { class: "wire", style: "stroke:var(--mv-panel)", d: `M${left} ${plane.y(value)}H${right}` }));
    small(left - 5, plane.y(value) + 4, label, { "text-anchor": "end" });
  }
  for (const [value, label] of data.macs_ticks) {
    root.append(svg("path", { class: "wire", d: `M${plane.x(value)} ${base}v5` }));
    small(plane.x(value), base + 18, label, { "text-anchor": "middle" });
  }
  const wide = width === WIDE;
  for (const [rate, label] of data.rates) {
    const perMs = rate * 1e6, [, last] = plane.ends(perMs);
    root.append(svg("path", { class: "wire", style: "stroke-width:0.75", d: plane.ray(perMs) }));
    const beside = plane.x(last) > right - 1, y = plane.y(last / perMs);
    if (beside) small(right + 5, y + 4, wide ? label : label.replace("MAC/s", "/s")); // no line runs there
    else if (wide) small(plane.x(last), y - 5, label, { "text-anchor": "middle" });
  }
  const axis = wide ? "MACs of one image; upwards: ms for one image; both in steps of the same factor"
    : "MACs, and upwards ms, of one image; G/s: GMAC/s";
  small(wide ? (left + right) / 2 : width / 2, base + 38, axis, { "text-anchor": "middle" });
  root.append(svg("path", { class: "wire", d: `M${left} ${above}V${base}H${right}` }));
}

// From each network, a dashed way to those that it is not ranked against.
function joins(run, { nets }, plane, root) {
  const place = (point) => [plane.x(nets[point.at].macs), plane.y(point.ms[0])];
  return (run?.points ?? []).flatMap((point) => point.unsure.map((other) => {
    const [x0, y0] = place(point), [x1, y1] = place(run.points.find(({ at }) => at === other));
    const node = svg("path", { class: "wire", "data-join": other, style: "stroke:var(--mv-text);stroke-width:1.5;stroke-dasharray:2 4",
      d: `M${x0} ${y0}L${x1} ${y1}` });
    root.append(node);
    return { from: point.at, node };
  }));
}

function dot(point, { nets, marks }, plane, root, when) {
  const net = nets[point.at], x = plane.x(net.macs), low = plane.y(point.low), high = plane.y(point.high);
  const ink = when === "now" ? "var(--mv-yours-ink)" : "var(--mv-other-ink)", group = svg("g", { "data-dot": when });
  const fill = when === "was" || point.place === "?" ? "var(--mv-paper)" : "var(--mv-yours)";
  group.append(svg("path", { style: `fill:none;stroke:${ink};stroke-width:${when === "now" ? 2 : 1}`,
    d: `M${x - 9} ${low}h18m-9 0V${high}m-9 0h18` }));
  for (const ms of point.ms) {
    const look = `fill:${fill};stroke:${ink};stroke-width:1.5`;
    group.append(svg("path", { d: marks[net.shape], transform: `translate(${x} ${plane.y(ms)})`, style: look },
      svg("title", {}, `${net.name}: ${point.time} ms ${point.range}`)));
  }
  root.append(group);
  return group;
}

function above(scene, frame, plane, root) {
  const { data, wide } = scene, run = runOf(scene);
  if (wide) root.append(words(8, frame.top + 34, "place", { "font-size": 12, class: "mv-muted" }));
  return data.nets.map(({ name, macs }, i) => {
    const [x, row] = data[wide ? "wide" : "narrow"][i], y = frame.top + 18 + 38 * row, column = plane.x(macs);
    const point = run?.points.find(({ at }) => at === i), foot = point ? plane.y(point.high) : frame.base;
    const label = words(x, y, name, { "text-anchor": "middle" });
    // A name of the upper row leads past the lower one before it bends to its column.
    const bend = wide || row ? `M${x} ${y + 21}L${column} ${frame.above}` : `M${column} ${frame.above}`;
    root.append(svg("path", { class: "wire", style: "fill:none;stroke-width:0.75;stroke-dasharray:2 3", d: `${bend}V${foot}` }),
      label, words(x, y + 16, point?.place ?? "?", { "text-anchor": "middle", class: "mv-muted" }));
    return label;
  });
}

export default stage(macsMs);
