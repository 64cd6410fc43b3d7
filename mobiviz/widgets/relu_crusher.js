// The ReLU crusher. Tick 0 is the whole spiral, tick i its i-th point.

const crusher = {
  name: "crusher",
  keys: "Right and Left walk along the spiral, Home shows it whole, End its last point, Space plays; "
    + "the slider sets the number of channels.",
  last: ({ data }) => data.points.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "one point, slowly", ticks: 1, ms: 1200 }, { label: "one point", ticks: 1, ms: 350 },
    { label: "all at once", ticks: crusher.last(scene), ms: 0 }],
  title: (scene) => crushed(scene).title,
  counters(scene, at) {
    const one = crushed(scene), all = [
      { name: "lost", value: one.share, unit: "of the points lost for good" },
      { name: "bent", value: one.bent, unit: "of its size off, after the best scaling", small: true }];
    if (at) all.push({ name: "live", value: `${one.live[at - 1]} of ${one.n}`, unit: "channels left", small: true });
    return all;
  },
  formula: (scene) => crushed(scene).formula,
  caption(scene, at) {
    const one = crushed(scene);
    if (!at) return `A matrix lifts each point to ${one.n} channels, ReLU sets what is negative to 0, `
      + "and the matrix's pseudo-inverse projects what is left back to the plane.";
    const live = one.live[at - 1], where = `Point ${at} of ${scene.data.points.length}`;
    if (!live) return `${where}: ReLU leaves nothing. The whole dark sector comes back as one point.`;
    if (live === 1) return `${where}: one channel is left, which is one number. Its shaded sector comes back as a line.`;
    return `${where}: ${live} channels are left. Two tell where it was: it is moved, and can be found again.`;
  },
  draw(scene) {
    const plan = scene.wide ? { width: WIDE, height: 316, r: 108, y: 152, planes: [112, 688], head: 22,
      grid: { x: 252, y: 44, step: 6.17, high: 216, head: [400, 22] }, legend: (i) => [6 + 272 * i, 302] }
      : { width: NARROW, height: 476, r: 80, y: 112, planes: [86, 264], head: 18,
        grid: { x: 7, y: 234, step: 7, high: 150, head: [175, 224] }, legend: (i) => [6, 422 + 20 * i] };
    const root = sheet(plan.width, plan.height), one = crushed(scene), { n } = one;
    const head = (x, y, content) => root.append(words(x, y, content, { "text-anchor": "middle", class: "mv-muted" }));
    head(plan.planes[0], plan.head, "the plane");
    head(plan.planes[1], plan.head, "projected back");
    head(...plan.grid.head, scene.wide ? `${n} channels after ReLU, a row each; a point is a column`
      : `${n} channels after ReLU, a row each`);
    sectors(root, one, plan.planes[0], plan);
    const lit = [dots(root, one, scene.data.points, plan.planes[0], plan),
      dots(root, one, one.back, plan.planes[1], plan), rows(scene, root, plan.grid)];
    scene.data.kinds.forEach(([kind, content], i) => {
      const [x, y] = plan.legend(i);
      root.append(mark(kind, x + 4, y - 4.5, 4), words(x + 16, y, content, { class: "mv-muted" }));
    });
    return { node: root, show: (at) => lit.forEach((show) => show(at)) };
  },
};

function crushed({ data, set }) { return data.cases[set.n]; }

function sectors(root, { sectors: all }, x, { r, y }) {
  for (const [from, to, live] of all) {
    const rim = (t) => `${x + r * Math.cos(t)} ${y - r * Math.sin(t)}`;
    root.append(svg("path", { d: `M${x} ${y}L${rim(from)}A${r} ${r} 0 ${to - from > Math.PI ? 1 : 0} 0 ${rim(to)}Z`,
      style: `fill:var(--mv-other);fill-opacity:${live ? 0.3 : 0.75}` }));
  }
}

// A disc, a ring or a cross: two channels left or more, one, none.
function mark(kind, x, y, size) {
  if (kind === "none") return svg("path", { d: `M${x - size} ${y - size}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}`,
    style: "fill:none;stroke:var(--mv-text);stroke-width:1.8" });
  const fill = kind === "one" ? "fill:var(--mv-paper);stroke:var(--mv-text)" : "fill:var(--mv-map-ink);stroke:var(--mv-map-ink)";
  return svg("circle", { cx: x, cy: y, r: size, style: `${fill};stroke-width:1.3` });
}

function dots(root, { kinds }, points, x, { r, y }) {
  const place = ([across, up]) => [x + 0.92 * r * across, y - 0.92 * r * up];
  root.append(svg("circle", { cx: x, cy: y, r, style: "fill:none;stroke:var(--mv-line)" }));
  const nodes = points.map((point, i) => mark(kinds[i], ...place(point), 3.4));
  const ring = svg("circle", { class: "frame", r: 8 });
  root.append(...nodes, ring);
  return (at) => {
    nodes.forEach((node, i) => (node.style.opacity = at && i >= at ? 0.25 : ""));
    ring.style.visibility = at ? "" : "hidden";
    if (!at) return;
    const [cx, cy] = place(points[at - 1]);
    ring.setAttribute("cx", cx);
    ring.setAttribute("cy", cy);
  };
}

// What ReLU leaves: darker is larger, blank is 0. Below, the columns that are lost.
function rows({ data, grids, set }, root, { x, y, step, high }) {
  const { n } = set, { kinds } = data.cases[n], tall = Math.min(high / n, 26), count = data.points.length, runs = ["", "", "", ""];
  for (let p = 0; p < count; p++) {
    for (let c = 0; c < n; c++) {
      const value = grids[p * data.most + c];
      if (value) runs[Math.min(3, Math.floor(value / 24))] += `M${x + p * step} ${y + c * tall}h${step}v${tall}h${-step}z`;
    }
  }
  const bottom = y + n * tall, wide = count * step;
  root.append(...runs.map((d, i) => svg("path", { d, style: `fill:var(--mv-map-ink);fill-opacity:${[0.28, 0.5, 0.75, 1][i]}` })));
  for (let c = 0; c <= n; c++) root.append(svg("path", { class: "wire", style: "stroke-width:0.5", d: `M${x} ${y + c * tall}h${wide}` }));
  kinds.forEach((kind, p) => kind !== "more" && root.append(mark(kind, x + (p + 0.5) * step, bottom + 8, 2.4)));
  const frame = svg("rect", { class: "frame", y: y - 2, width: step + 2, height: n * tall + 4, style: "stroke-width:2" });
  root.append(frame);
  return (at) => {
    frame.style.visibility = at ? "" : "hidden";
    if (at) frame.setAttribute("x", x + (at - 1) * step - 1);
  };
}

export default stage(crusher);
