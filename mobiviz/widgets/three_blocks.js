// Three blocks side by side. Tick 0 is all of them whole, tick i the i-th step of each; one scale for all three.

const blocksIdea = {
  name: "blocks",
  keys: "Right and Left walk through the steps of all three, Home shows them whole, Space plays; the menus change a block.",
  last: (scene) => Math.max(...threeOf(scene).map((tube) => tube.steps.length)),
  stride: () => 1,
  speeds: (scene) => [{ label: "one step, slowly", ticks: 1, ms: 2400 }, { label: "one step", ticks: 1, ms: 1000 },
    { label: "all at once", ticks: blocksIdea.last(scene), ms: 0 }],
  title(scene) {
    const three = threeOf(scene), least = (key) => three.reduce((best, tube) => (tube[key] < best[key] ? tube : best));
    const fewest = least("macs"), smallest = least("peak");
    return fewest === smallest ? `Of these three, ${fewest.net}'s block needs both the fewest MACs and the least memory`
      : `Of these three, ${fewest.net}'s block needs the fewest MACs, ${smallest.net}'s the least memory`;
  },
  counters(scene, at) {
    return threeOf(scene).map((tube, i) => {
      const step = at ? tube.steps[at - 1] : tube, where = at ? step && `MACs, ${tube.net}: ${step.name}` : `MACs, ${tube.net}`;
      return { name: scene.data.columns[i], value: step ? grouped(step.macs) : "–", unit: step ? where : `${tube.net} is done`, small: true };
    });
  },
  formula(scene, at) {
    return threeOf(scene).map((tube) => {
      if (!at) return `${tube.net}: ${grouped(tube.params)} parameters; ${tube.most}`;
      const step = tube.steps[at - 1];
      return step && `${tube.net}: ${grouped(step.params)} parameters; alive: ${step.sum}`;
    }).filter(Boolean).join("\n");
  },
  caption(scene, at) {
    if (!at) return "A tensor is as wide as it has channels and as thick as it has positions: its area is its memory.";
    return `Step ${at}: ${threeOf(scene).map((tube) => (tube.steps[at - 1] ? `${tube.net} ${tube.steps[at - 1].in} to ${tube.steps[at - 1].out}` : "")).filter(Boolean).join("; ")}.`;
  },
  draw(scene) {
    const three = threeOf(scene), { wide } = scene, all = three.flatMap((tube) => tube.tensors);
    const plan = { half: 52, thick: 26, pitch: 74, most: [Math.max(...all.map(([c]) => c)), Math.max(...all.map(([, n]) => n))],
      bytes: Math.max(...three.flatMap((tube) => tube.steps.map((step) => step.bytes))) };
    const high = three.map((tube) => 62 + plan.pitch * (tube.steps.length - 1) + 54 + 26), tall = Math.max(...high);
    const tops = wide ? [0, 0, 0] : high.map((_, i) => high.slice(0, i).reduce((a, b) => a + b + 134, 0));
    const root = sheet(wide ? WIDE : NARROW, wide ? tall + 120 : tops[2] + high[2] + 120);
    root.append(hatches(scene.uid));
    const parts = three.map((tube, i) => {
      const corner = wide ? [10 + 266 * i, 0] : [12, tops[i]], groups = tube.steps.map(() => svg("g"));
      column(scene, root, tube, { ...plan, x: corner[0], y: corner[1], low: (wide ? tall : tops[i] + high[i]) + 108 }, groups);
      return groups;
    });
    return { node: root, show(at) {
      parts.forEach((groups) => groups.forEach((group, i) => {
        const far = at && i !== at - 1;
        group.querySelectorAll("path, rect").forEach((shape) => (shape.style.opacity = far ? 0.3 : ""));
        group.querySelectorAll("text").forEach((label) => (label.style.fontWeight = at && !far ? 700 : ""));
      }));
    } };
  },
};

function threeOf({ data, set }) { return data.columns.map((name) => data.tubes[name][set[name]]); }

function column(scene, root, tube, plan, groups) {
  const { x, y, half, pitch } = plan, middle = x + half + 6, first = y + 46, ys = tube.tensors.map((_, i) => first + pitch * i);
  const sizes = tube.tensors.map(([c, n]) => [Math.max((half * c) / plan.most[0], 2), Math.max((plan.thick * n) / plan.most[1], 3)]);
  root.append(words(x, y + 16, `${tube.net}, ${tube.path}`, { "font-weight": 600 }), ...groups);
  root.append(words(x, plan.low - 100, "alive in each step; K: KiB, M: MiB", { "font-size": 12, class: "mv-muted" }));
  tube.steps.forEach((step, i) => {
    const group = groups[i], last = step.idea === "other", top = last ? ys.at(-1) : ys[i];
    if (last) joined(group, { x, middle, from: [ys[0], sizes[0][0]], at: top + 42 });
    else {
      const [[a, left], [b, right]] = sizes.slice(i, i + 2), from = ys[i] + left / 2 + 3, to = ys[i + 1] - right / 2 - 3;
      group.append(svg("path", { d: `M${middle - a} ${from}H${middle + a}L${middle + b} ${to}H${middle - b}Z`, style: hatched(scene.uid, step.idea) }));
    }
    const label = (row, content, attrs) => group.append(words(x + 120, top + 26 + 16 * row, content, { "font-size": 12, ...attrs }));
    label(0, `${i + 1} ${step.name}`, { class: `mv-in-${step.idea}` });
    label(1, step.short);
    label(2, `${grouped(step.params)} params`, { class: "mv-muted" });
    alive(scene, group, step, { x: x + 50 * i + 4, y: plan.low - 22, most: plan.bytes, number: i + 1 });
  });
  sizes.forEach(([wide, thick], i) => root.append(
    svg("rect", { x: middle - wide, y: ys[i] - thick / 2, width: 2 * wide, height: thick, style: hatched(scene.uid, "map") }),
    words(x + 120, ys[i] + 4, tube.shapes[i], { "font-size": 12, class: "mv-in-map" })));
}

// The skip, past the thick tensors to the addition.
function joined(group, { x, middle, from: [y, half], at }) {
  const style = "stroke:var(--mv-text);stroke-width:2;fill:none";
  group.append(svg("path", { style, d: `M${middle - half - 4} ${y}H${x - 5}V${at}H${middle - 11}` }),
    svg("path", { style, d: `M${middle - 11} ${at}a11 11 0 1 0 22 0a11 11 0 1 0 -22 0m5 0h12m-6 -6v12` }));
}

const LOOKS = [() => "fill:var(--mv-other)", (uid) => `fill:url(#${uid}-map)`, () => "fill:var(--mv-map)"];

// What is alive in a step, its parts on top of each other, on the scale of all three blocks.
function alive({ uid }, group, step, { x, y, most, number }) {
  let at = y;
  step.alive.forEach((count, part) => {
    const long = (56 * count) / most;
    if (count) group.append(svg("rect", { x, y: (at -= long), width: 40, height: long, style: `${LOOKS[part](uid)};stroke:var(--mv-text);stroke-width:1` }));
  });
  const [size, unit] = step.size.split(" ");
  group.append(words(x + 20, at - 5, `${size}${unit[0]}`, { "font-size": 12, "text-anchor": "middle" }),
    words(x + 20, y + 15, String(number), { "font-size": 12, "text-anchor": "middle", class: "mv-muted" }));
}

export default stage(blocksIdea);
