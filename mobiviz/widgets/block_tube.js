// The tube. Tick 0 is the whole block, tick i its i-th step; lengths are given for a tensor's height and width.

const tube = {
  name: "tube",
  keys: "Right and Left walk through the block's steps, Home shows it whole, End its last step, Space plays; "
    + "the menu changes the block.",
  last: (scene) => tubeOf(scene).steps.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "one step, slowly", ticks: 1, ms: 2400 }, { label: "one step", ticks: 1, ms: 1000 },
    { label: "all at once", ticks: tube.last(scene), ms: 0 }],
  title: (scene) => tubeOf(scene).title,
  counters(scene, at) {
    const one = tubeOf(scene), step = at ? one.steps[at - 1] : one, where = at ? "in this step" : "in the block";
    return [{ name: "macs", value: grouped(step.macs), unit: `MACs ${where}` },
      { name: "bytes", value: grouped(at ? step.bytes : one.peak), unit: at ? "bytes alive" : "bytes alive at the peak", small: true },
      { name: "params", value: grouped(step.params), unit: `parameters ${where}`, small: true }];
  },
  formula(scene, at) {
    const one = tubeOf(scene);
    return at ? `alive: ${one.steps[at - 1].sum}` : `${one.formula}\n${one.most}`;
  },
  caption(scene, at) {
    const one = tubeOf(scene);
    if (!at) return one.skip ? "The input goes two ways: through the layers, and by the wire to the addition at the end."
      : "No skip: the block's input and output differ in shape, or its design has none.";
    const { name, in: input, out } = one.steps[at - 1];
    return `Step ${at} of ${one.steps.length}, ${name}: ${input} in, ${out} out.`;
  },
  draw(scene) {
    const one = tubeOf(scene), plan = scene.wide ? widePlan(one) : narrowPlan(one);
    const root = sheet(plan.width, plan.height);
    root.append(hatches(scene.uid));
    const parts = one.steps.map(() => svg("g")), skip = svg("g"), layers = one.steps.filter((step) => step.idea !== "other");
    layers.forEach((step, i) => layer(scene, plan, parts[i], step, i));
    root.append(...parts, skip);
    one.wide.forEach((size, i) => tensor(scene, plan, root, size, i));
    if (one.skip) wire(plan, skip, parts.at(-1));
    one.steps.forEach((step, i) => memory(scene, plan, parts[i], step, i));
    legend(scene, plan, root);
    return { node: root, show(at) {
      // Words stay readable; the other steps' shapes step back.
      parts.forEach((part, i) => {
        const far = at && i !== at - 1;
        part.querySelectorAll("path, rect").forEach((shape) => (shape.style.opacity = far ? 0.3 : ""));
        part.querySelectorAll("text").forEach((label) => (label.style.fontWeight = at && !far ? 700 : ""));
      });
      skip.querySelectorAll("path").forEach((line) => (line.style.opacity = at && !one.steps[at - 1].alive[0] ? 0.3 : ""));
    } };
  },
};

function tubeOf({ data, set }) { return data.tubes[set.block ?? 0]; }

// Wide, the tube runs to the right; narrow, it runs down. `at(along, across)` is a point of it.
function widePlan({ wide, steps, skip }) {
  const gap = 560 / (wide.length - 1), most = Math.max(...steps.map((step) => step.bytes)), middle = 166;
  return { width: WIDE, height: 462, gap, first: 86, most, middle, at: (along, across) => [along, middle + across],
    wide: true, label: (x, tall, end) => [x + 25 * end, middle - tall / 2 - 8, "middle"], add: 740, scale: 1, side: 30 };
}
function narrowPlan({ wide, steps }) {
  const gap = 96, most = Math.max(...steps.map((step) => step.bytes)), middle = 110, end = 30 + gap * (wide.length - 1);
  return { width: NARROW, height: end + 84 + 36 * steps.length + 58, gap, first: 30, most, middle,
    at: (along, across) => [middle + across, along], wide: false, label: (y) => [200, y + 4, "start"], add: end + 50,
    bars: end + 96, scale: 0.9, side: 26 };
}
function place(plan, i) { return plan.first + plan.gap * i; }
function path(...points) { return `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`; }

function tensor(scene, plan, root, [tall, thick], i) {
  const { shapes, wide } = tubeOf(scene), along = place(plan, i), high = tall * plan.scale, end = i === wide.length - 1;
  const [x, y] = plan.at(along - thick / 2, -high / 2), [x1, y1] = plan.at(along + thick / 2, high / 2);
  root.append(svg("rect", { x, y, width: x1 - x, height: y1 - y, style: hatched(scene.uid, "map") }));
  const [left, base, anchor] = plan.label(along, high, plan.wide ? end - (i === 0) : 0);
  root.append(words(left, base, shapes[i], { "text-anchor": anchor, "font-size": 12, class: "mv-in-map" }));
}

function layer(scene, plan, root, step, i) {
  const [[a, left], [b, right]] = tubeOf(scene).wide.slice(i, i + 2).map(([tall, thick]) => [tall * plan.scale, thick]);
  const from = place(plan, i) + left / 2 + 4, to = place(plan, i + 1) - right / 2 - 4, mid = place(plan, i + 0.5);
  const d = path(plan.at(from, -a / 2), plan.at(to, -b / 2), plan.at(to, b / 2), plan.at(from, a / 2));
  root.append(svg("path", { d: `${d}Z`, style: hatched(scene.uid, step.idea) }));
  const [x, y, anchor] = plan.wide ? [mid, 266, "middle"] : [200, mid - 4, "start"];
  [step.name, step.short].forEach((line, row) =>
    root.append(words(x, y + 18 * row, line, { "text-anchor": anchor, class: `mv-in-${step.idea}` })));
}

// The skip, past the thick tensors to the addition behind the last.
function wire(plan, root, last) {
  const style = "stroke:var(--mv-text);stroke-width:2;fill:none", far = plan.wide ? -118 : -92, { add } = plan;
  const start = place(plan, 0), end = (plan.wide ? 646 : add - 50) + 20, [x, y] = plan.at(add, 0), stop = plan.wide ? 36 : 18;
  const leave = plan.wide ? plan.at(start, -stop) : plan.at(start, -stop);
  root.append(svg("path", { style, d: path(leave, plan.at(start, far), plan.at(add, far), plan.at(add, -13)) }),
    svg("path", { style, d: path(plan.at(end, 0), plan.at(add - 13, 0)) }),
    svg("path", { style, d: `M${x - 13} ${y}a13 13 0 1 0 26 0a13 13 0 1 0 -26 0M${x - 7} ${y}h14m-7 -7v14` }));
  if (plan.wide) root.append(words(440, 40, "the skip: the block's input, kept until the end", { "text-anchor": "middle" }));
  const [tx, ty, anchor] = plan.wide ? [add, 266, "middle"] : [200, add - 4, "start"];
  ["addition", "0 MACs"].forEach((line, row) => last.append(words(tx, ty + 18 * row, line, { "text-anchor": anchor, class: "mv-muted" })));
}

const FILLS = [() => "fill:var(--mv-other)", (uid) => `fill:url(#${uid}-map)`, () => "fill:var(--mv-map)"];

// What is alive while the step runs, its parts end to end; the scale is that of the block's largest step.
function memory({ uid }, plan, root, step, i) {
  const room = plan.wide ? 78 : 120, middle = step.idea === "other" ? plan.add : place(plan, i + 0.5);
  let at = plan.wide ? 410 : 106;
  step.alive.forEach((count, part) => {
    const long = (room * count) / plan.most, look = { style: `${FILLS[part](uid)};stroke:var(--mv-text);stroke-width:1` };
    if (!count) return;
    const box = plan.wide ? { x: middle - 30, y: (at -= long), width: 60, height: long } : { x: at, y: plan.bars + 36 * i, width: long, height: 22 };
    root.append(svg("rect", { ...box, ...look }));
    if (!plan.wide) at += long;
  });
  if (plan.wide) root.append(words(middle, at - 6, `${step.size} alive`, { "text-anchor": "middle", "font-size": 12 }));
  else {
    root.append(words(at + 8, plan.bars + 36 * i + 16, step.size, { "font-size": 12 }),
      words(2, plan.bars + 36 * i + 16, step.name.split(" ")[0], { "font-size": 12, class: "mv-muted" }));
  }
}

function legend({ data, uid }, plan, root) {
  const y = plan.height - 12, start = plan.wide ? 236 : 2, wide = plan.wide ? 160 : 0;
  const lefts = plan.wide ? [0, 1, 2].map((i) => start + wide * i) : [2, 162, 234];
  root.append(words(plan.wide ? 86 : 2, plan.wide ? y : y - 24, "alive while it runs:", { class: "mv-muted" }));
  data.parts.forEach((part, i) => root.append(
    svg("rect", { x: lefts[i] + 0.5, y: y - 12, width: 14, height: 14, style: `${FILLS[i](uid)};stroke:var(--mv-text)` }),
    words(lefts[i] + 20, y, part, { class: "mv-muted" })));
}

export default stage(tube);
