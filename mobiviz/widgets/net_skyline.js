// The skyline. Tick 0 is the whole network, tick i its i-th layer.

const skyline = {
  name: "skyline",
  keys: "Right and Left walk along the layers, Enter or a click shows a layer's tensor shapes, "
    + "Home shows the whole network, Space plays.",
  last: (scene) => netOf(scene).bars.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "one layer, slowly", ticks: 1, ms: 1500 }, { label: "one layer", ticks: 1, ms: 600 },
    { label: "all at once", ticks: skyline.last(scene), ms: 0 }],
  title: (scene) => netOf(scene).title,
  counters(scene, at) {
    const net = netOf(scene), one = at ? net.bars[at - 1] : net, where = at ? "in this layer" : "in all layers";
    return [{ name: "layer", value: at ? `Layer ${at}` : net.bars.length,
      unit: at ? `of ${net.bars.length}` : "layers" },
      { name: "macs", value: grouped(one.macs), unit: `MACs ${where}`, small: true },
      { name: "params", value: grouped(one.params), unit: `parameters ${where}`, small: true }];
  },
  formula(scene, at) {
    const net = netOf(scene);
    return at ? net.bars[at - 1].made : net.made;
  },
  caption(scene, at) {
    if (!at) return "The whole network: one bar per layer. Shares are rounded.";
    const { path, label, share, in_shape: input, out_shape: output } = netOf(scene).bars[at - 1];
    const shapes = scene.open ? ` Input ${input.replaceAll("x", "×")}, output ${output.replaceAll("x", "×")}.` : "";
    return `${label[0].toUpperCase()}${label.slice(1)}, ${share} of the MACs; in the code ${path}.${shapes}`;
  },
  draw(scene) {
    const net = netOf(scene), { wide, uid } = scene;
    const plan = wide ? { width: WIDE, left: 58, top: 46, base: 288 } : { width: NARROW, left: 42, top: 94, base: 280 };
    const root = sheet(plan.width, plan.base + 52), layout = wide ? net.wide : net.narrow;
    root.append(hatches(uid));
    key(scene, net, plan, root);
    axis(net, plan, root, layout.scale);
    const bars = drawBars(net, plan, root, { uid, places: layout.places });
    if (net.reference) reference(net, plan, root);
    scene.places = layout.places.map(([x, width]) => [x / plan.width, (x + width) / plan.width]);
    const mark = svg("path", { class: "tip", d: "M0 -3l-7 -11h14z" });
    root.append(mark);
    return { node: root, show(at) {
      // Edges keep their colour; only the fill of the others steps back.
      bars.forEach(({ node }, i) => (node.style.fillOpacity = at && at !== i + 1 ? 0.4 : ""));
      mark.style.visibility = at ? "" : "hidden";
      if (at) mark.setAttribute("transform", `translate(${bars[at - 1].middle} ${bars[at - 1].top})`);
    } };
  },
  press(scene, event, show) {
    if (event.type === "click") {
      const { left, width } = show.drawn.node.getBoundingClientRect(), x = (event.clientX - left) / width;
      const far = scene.places.map(([from, to]) => Math.max(from - x, x - to, 0));
      scene.open = true;
      show.go(far.indexOf(Math.min(...far)) + 1);
      return true;
    }
    if (event.key !== "Enter" || event.target.matches("button")) return false;
    scene.open = !show.at || !scene.open;
    show.go(show.at || 1);
    show.say();
    return true;
  },
};

function netOf({ data, set }) { return data.nets[set.net ?? 0]; }

function key({ data, wide, uid }, net, plan, root) {
  let x = wide ? 160 : 2, y = wide ? 4 : 26;
  root.append(words(2, 18, data.shares, { class: "mv-muted" }));
  for (const { idea, words: content } of net.key) {
    const width = 42 + 7.6 * content.length;
    if (x + width > plan.width + 24) { x = 2; y += 24; }
    root.append(svg("rect", { x: x + 1, y: y + 1, width: 16, height: 16, style: hatched(uid, idea) }),
      words(x + 23, y + 14, content, { class: `mv-in-${idea}` }));
    x += width;
  }
}

function axis(net, { width, left, top, base }, root, scale) {
  const highest = net.ticks.at(-1)[0], right = width - 8, height = (value) => base - ((base - top) * value) / highest;
  for (const [value, label] of net.ticks) {
    root.append(svg("path", { class: "wire", style: "stroke-width:0.5", d: `M${left} ${height(value)}H${right}` }),
      words(left - 6, height(value) + 4, label, { "text-anchor": "end", "font-size": 12, class: "mv-muted" }));
  }
  const wide = width === WIDE, middle = wide ? (left + right) / 2 : width / 2, start = wide ? middle - 138 : 4;
  const small = (x, y, content, anchor) =>
    root.append(words(x, y, content, { "font-size": 12, "text-anchor": anchor, class: "mv-muted" }));
  small(wide ? left : 2, base + 20, "first layer", "start");
  small(wide ? right : width - 2, base + 20, "last layer", "end");
  const what = wide ? "height: MACs of the layer · width: its parameters" : "height MACs, width parameters";
  small(middle, base + 20, what, "middle");
  small(start + scale.length + 8, base + 42, `= ${scale.words}`, "start");
  root.append(svg("path", { class: "arrow", d: `M${start} ${base + 33}v10m0 -5h${scale.length}m0 -5v10` }));
}

function reference(net, { width, left, top, base }, root) {
  const right = width - 8, y = base - ((base - top) * net.reference.macs) / net.ticks.at(-1)[0];
  root.append(svg("path", { class: "wire", style: "stroke:var(--mv-text);stroke-dasharray:5 3;stroke-width:1.5",
      d: `M${left} ${y}H${right}` }),
    words(right - 2, y - 6, net.reference.label, { "text-anchor": "end", "font-size": 12, class: "mv-halo" }));
}

function drawBars(net, { top, base }, root, { uid, places }) {
  const highest = net.ticks.at(-1)[0];
  return net.bars.map((bar, i) => {
    const [x, width] = places[i], height = ((base - top) * bar.macs) / highest, shift = x + width / 2 - 4;
    // The shift puts the hatch's tile in the middle of the bar.
    const box = { x: x - shift, y: -height, width, height, transform: `translate(${shift} ${base})` };
    const plain = `fill:var(--mv-${bar.idea});stroke:var(--mv-${bar.idea}-ink);stroke-width:1`; // no room for a hatch
    const node = svg("rect", { ...box, style: width > 8 ? hatched(uid, bar.idea) : plain },
      svg("title", {}, `${bar.path}: ${grouped(bar.macs)} MACs, ${grouped(bar.params)} parameters`));
    root.append(svg("rect", { ...box, style: "fill:var(--mv-paper)" }), node); // so that no grid line shines through
    return { node, middle: x + width / 2, top: base - height };
  });
}

export default stage(skyline);
