// The skyline. Tick 0 is the whole network, tick i its i-th layer.

const skyline = {
  name: "skyline",
  keys: "Right and Left walk along the bars, Enter or a click shows a layer's tensor shapes, Home shows the whole network.",
  last: (scene) => netOf(scene).bars.length,
  stride: () => 1,
  speeds: () => [],
  title: (scene) => netOf(scene).title,
  counters(scene, at) {
    const net = netOf(scene), one = at ? net.bars[at - 1] : net;
    return [{ name: "layer", value: at || net.bars.length, unit: at ? `of ${net.bars.length} layers` : "layers" },
      { name: "macs", value: grouped(one.macs), unit: "MACs", small: true },
      { name: "params", value: grouped(one.params), unit: "parameters", small: true }];
  },
  caption(scene, at) {
    if (!at) return `The whole network. The height of a bar is its MACs, the width its parameters.`;
    const { path, kind, share } = netOf(scene).bars[at - 1];
    return `${path}: ${kind}, ${share} of all MACs.`;
  },
  formula(scene, at) {
    if (!at || !scene.open) return "";
    const { in_shape: input, out_shape: output } = netOf(scene).bars[at - 1];
    return `Input ${input.replaceAll("x", "×")}, output ${output.replaceAll("x", "×")}`;
  },
  draw(scene) {
    const net = netOf(scene), plan = scene.wide ? { width: WIDE, left: 58, top: 44, base: 290, thin: 4, gap: 2 }
      : { width: NARROW, left: 42, top: 72, base: 260, thin: 3, gap: 1 };
    const root = sheet(plan.width, plan.base + 34);
    root.append(hatches(scene.uid));
    key(net, plan, root, scene.uid);
    axis(net, plan, root);
    const bars = drawBars(net, plan, root, scene.uid);
    if (net.reference) reference(net, plan, root);
    scene.places = bars.map(({ x, width }) => (x + width / 2) / plan.width);
    const mark = svg("path", { d: "M-6 9L0 1L6 9z", style: "fill:var(--mv-text)" });
    root.append(mark);
    return { node: root, show(at) {
      bars.forEach(({ node, ink }, i) => {
        node.style.stroke = at === i + 1 ? "var(--mv-text)" : ink;
        node.style.strokeWidth = at === i + 1 ? 2.2 : 1.5;
        node.style.opacity = at && at !== i + 1 ? 0.55 : "";
      });
      mark.style.visibility = at ? "" : "hidden";
      if (at) mark.setAttribute("transform", `translate(${bars[at - 1].x + bars[at - 1].width / 2} ${plan.base + 1})`);
    } };
  },
  press(scene, event, show) {
    if (event.type === "click") {
      const { left, width } = show.drawn.node.getBoundingClientRect(), x = (event.clientX - left) / width;
      const far = scene.places.map((place) => Math.abs(place - x));
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

function key(net, plan, root, uid) {
  let x = plan.left - (plan.width === WIDE ? 0 : 40), y = 4;
  for (const { idea, words: content } of net.key) {
    const width = 42 + 7.6 * content.length;
    if (x + width > plan.width + 24) { x = 2; y += 24; }
    root.append(svg("rect", { x: x + 1, y: y + 1, width: 16, height: 16, style: hatched(uid, idea) }),
      words(x + 23, y + 14, content, { class: `mv-in-${idea}` }));
    x += width;
  }
}

function axis(net, { width, left, top, base }, root) {
  const highest = net.ticks.at(-1)[0], right = width - 8, height = (value) => base - ((base - top) * value) / highest;
  for (const [value, label] of net.ticks) {
    root.append(svg("path", { class: "wire", style: "stroke-width:0.5", d: `M${left} ${height(value)}H${right}` }),
      words(left - 6, height(value) + 4, label, { "text-anchor": "end", "font-size": 12, class: "mv-muted" }));
  }
  const wide = width === WIDE;
  root.append(words(left, base + 26, "input", { "font-size": 12, class: "mv-muted" }),
    words(right, base + 26, "output", { "font-size": 12, "text-anchor": "end", class: "mv-muted" }),
    words((left + right) / 2, base + 26, wide ? "height: MACs · width: parameters" : "height MACs, width parameters",
      { "font-size": 12, "text-anchor": "middle", class: "mv-muted" }));
}

function reference(net, { width, left, top, base }, root) {
  const right = width - 8, y = base - ((base - top) * net.reference.macs) / net.ticks.at(-1)[0];
  root.append(svg("path", { class: "wire", style: "stroke:var(--mv-text);stroke-dasharray:5 3;stroke-width:1.5", d: `M${left} ${y}H${right}` }),
    words(right - 2, y - 6, net.reference.label, { "text-anchor": "end", "font-size": 12, class: "mv-halo" }));
}

function drawBars(net, { width, left, top, base, thin, gap }, root, uid) {
  const highest = net.ticks.at(-1)[0], count = net.bars.length, total = net.params || 1;
  const room = Math.max(0, width - 8 - left - gap * (count - 1) - thin * count);
  let x = left;
  return net.bars.map((bar) => {
    const wide = thin + (room * bar.params) / total, high = ((base - top) * bar.macs) / highest;
    const node = svg("rect", { x, y: base - high, width: wide, height: high, style: hatched(uid, bar.idea) },
      svg("title", {}, `${bar.path}: ${grouped(bar.macs)} MACs, ${grouped(bar.params)} parameters`));
    root.append(node);
    x += wide + gap;
    return { node, x: x - wide - gap, width: wide, ink: node.style.stroke };
  });
}

export default stage(skyline);
