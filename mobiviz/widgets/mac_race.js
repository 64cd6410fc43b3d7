// The race. A tick is one MAC in each lane; the lower lane is done earlier and waits.

const race = {
  name: "race",
  keys: "Right and Left step one position of the upper lane, with Shift one MAC; End finishes, Home starts again, Space plays.",
  last: ({ data }) => data.macs.standard,
  stride: ({ data }) => data.k * data.k * data.c_in,
  speeds: (scene) => [{ label: "one MAC", ticks: 1, ms: 90 }, { label: "one position", ticks: race.stride(scene), ms: 330 },
    { label: "all at once", ticks: race.last(scene), ms: 0 }],
  title: ({ data }) => data.title,
  counters: ({ data }, at) => [{ name: "standard", value: grouped(at), unit: "MACs, standard" },
    { name: "separable", value: grouped(Math.min(at, data.total)), unit: "MACs, depthwise + pointwise" }],
  formula: ({ data }, at) => (at >= data.macs.standard ? data.formula : `Both lanes make ${data.out} × ${data.out} × ${data.c_out} numbers.`),
  caption(scene, at) {
    const { data, set } = scene;
    if (set.wires !== "race") return data.wires[set.wires];
    if (!at) return "Both lanes multiply once per tick. Which is done first, and how far is the other then?";
    const up = upper(data, at), low = lower(data, at);
    const upText = `Standard: output ${up.to + 1}, position ${up.pos + 1}.`;
    if (at >= data.macs.standard) return "Both are done. The outputs have the same shape, not the same numbers.";
    if (at >= data.total) return `${upText} Separable has been done since MAC ${data.total} and waits.`;
    return `${upText} ${low.idea === "depthwise" ? `Depthwise: channel ${low.to + 1} alone` : `Pointwise: output ${low.to + 1}`}, position ${low.pos + 1}.`;
  },
  draw(scene) {
    const { data, wide, uid } = scene, plan = wide ? { width: WIDE, x: [12, 374, 748], h: 158, cell: 9.6, small: 11.8 }
      : { width: NARROW, x: [2, 158, 310], h: 150, cell: 9, small: 11 };
    const root = sheet(plan.width, 2 * (plan.h + 72) + 2), lanes = [0, 1].map((i) => 42 + i * (plan.h + 72));
    root.append(hatches(uid));
    const shows = [lane(scene, plan, root, lanes[0], ["standard"]), lane(scene, plan, root, lanes[1], ["depthwise", "pointwise"])];
    const bars = [bar(scene, plan, root, lanes[0], ["standard"]), bar(scene, plan, root, lanes[1], ["depthwise", "pointwise"])];
    return { node: root, show(at) { [...shows, ...bars].forEach((show) => show(at)); } };
  },
};

// Which output channel and position a tick works on, how many numbers are finished, and by which idea.
function upper(data, at) { return place(data, at, data.k * data.k * data.c_in, "standard"); }
function lower(data, at) {
  const first = data.macs.depthwise;
  return at <= first ? place(data, at, data.k * data.k, "depthwise") : place(data, Math.min(at, data.total) - first, data.c_in, "pointwise");
}
function place({ out }, at, n, idea) {
  const number = Math.max(0, Math.ceil(at / n) - 1), places = out * out, pos = number % places;
  return { idea, to: Math.floor(number / places), pos, y: Math.floor(pos / out), x: pos % out, done: Math.floor(at / n), at };
}

// A kernel as a block of unit cells, seen from the front left: a cube, a flat slab, or a needle.
function kernel(root, x, y, side, depth, idea) {
  const u = 6, d = 3.2, w = side * u, z = depth * d, style = `fill:var(--mv-${idea});stroke:var(--mv-${idea === "standard" ? "paper" : `${idea}-ink`})`;
  const lines = [`M${x} ${y}h${w}v${w}h${-w}z`, `M${x} ${y}l${z} ${-z}h${w}l${-z} ${z}z`, `M${x + w} ${y}l${z} ${-z}v${w}l${-z} ${z}z`];
  for (let i = 1; i < side; i++) lines.push(`M${x + i * u} ${y + w}V${y}l${z} ${-z}`, `M${x} ${y + i * u}h${w}l${z} ${-z}`);
  for (let i = 1; i < depth; i++) lines.push(`M${x + i * d} ${y - i * d}h${w}v${w}`);
  root.append(...lines.map((path, i) => svg("path", { class: "glyph", d: path, style: i < 3 ? style : `${style};fill:none` })));
}
function kernelWords({ data, wide }, idea) {
  const { k, c_in: m, c_out: n } = data, cube = { standard: [k, m], depthwise: [k, 1], pointwise: [1, m] }[idea];
  const name = { standard: "cube", depthwise: "flat", pointwise: "needle" }[idea], count = idea === "depthwise" ? m : n;
  return { cube, text: wide ? `${idea}: ${count} ${name === "flat" ? "flat kernels" : `${name}s`} of ${cube[0]} × ${cube[0]} × ${cube[1]}`
    : `${count} ${name === "flat" ? name : `${name}s`} ${cube[0]} × ${cube[0]} × ${cube[1]}` };
}

function planes(root, x, top, height, count, size, side) {
  return Array.from({ length: count }, (_, c) => {
    const mid = top + ((c + 0.5) * height) / count, y = mid - (size * side) / 2, cells = [];
    for (let i = 0; i < size * size; i++) cells.push(cell(root, x + (i % size) * side, y + Math.floor(i / size) * side, side));
    const frame = svg("rect", { class: "frame", style: "stroke-width:2" });
    root.append(frame);
    return { mid, left: x, right: x + size * side, cells, frame(here, k, idea) {
      frame.style.visibility = here ? "" : "hidden";
      if (!here) return;
      for (const [key, value] of Object.entries({ x: x + here.x * side, y: y + here.y * side, width: k * side, height: k * side })) frame.setAttribute(key, value);
      frame.style.stroke = `var(--mv-${idea}-ink)`;
    } };
  });
}

function wires(root, from, to, idea) {
  const lines = [];
  from.forEach((a, i) => to.forEach((b, j) => {
    if (idea === "depthwise" && i !== j) return;
    const line = svg("path", { class: "wire", d: `M${a.right + 5} ${a.mid}L${b.left - 5} ${b.mid}` });
    root.append(line);
    lines.push({ line, to: j });
  }));
  return (lit) => lines.forEach(({ line, to: j }) => {
    const on = lit === true || lit === j;
    line.style.stroke = on ? `var(--mv-${idea}-ink)` : "";
    line.style.strokeWidth = on ? 2.2 : "";
  });
}

function lane({ data, set, wide }, plan, root, top, ideas) {
  const single = ideas.length === 1, [x0, x1, x2] = plan.x;
  ideas.forEach((idea, i) => {
    const { cube, text } = kernelWords({ data, wide }, idea), x = [x0, x1][i] + (single ? 0 : i * 4);
    kernel(root, x, top - 12 - cube[0] * 6, ...cube, idea);
    root.append(words(x + cube[0] * 6 + cube[1] * 3.2 + 7, top - 14, text, { class: `mv-in-${idea}`, "font-weight": 600 }));
  });
  const input = planes(root, x0, top, plan.h, data.c_in, data.size, plan.cell);
  const middle = single ? null : planes(root, x1, top, plan.h, data.c_in, data.out, plan.small);
  const output = planes(root, x2, top, plan.h, data.c_out, data.out, plan.small);
  const bundles = single ? [wires(root, input, output, "standard")] : [wires(root, input, middle, "depthwise"), wires(root, middle, output, "pointwise")];
  const fill = (columns, done, idea) => columns.forEach((plane, c) => plane.cells.forEach((box, i) => box.show(c * plane.cells.length + i < done ? idea : "")));
  return (at) => {
    const here = single ? upper(data, at) : lower(data, at), total = single ? data.macs.standard : data.total;
    const runs = at > 0 && at < total, asked = set.wires !== "race";
    ideas.forEach((idea, i) => bundles[i](asked ? set.wires === idea : at >= total || (runs && here.idea === idea && here.to)));
    const second = here.idea === "pointwise", all = data.c_in * data.out * data.out;
    if (single) fill(output, here.done, "standard");
    else { fill(middle, second ? all : here.done, "depthwise"); fill(output, second ? here.done : 0, "pointwise"); }
    input.forEach((plane, c) => {
      const seen = runs && !second && (single || c === here.to), { size, k } = data;
      plane.frame(seen ? here : null, k, here.idea);
      plane.cells.forEach((box, i) => {
        const dy = Math.floor(i / size) - here.y, dx = (i % size) - here.x;
        box.show(seen && dy >= 0 && dy < k && dx >= 0 && dx < k ? "map" : "");
      });
    });
    middle?.forEach((plane) => plane.frame(runs && second ? here : null, 1, "pointwise"));
    output.forEach((plane, c) => plane.frame(runs && (single || second) && c === here.to ? here : null, 1, here.idea));
  };
}

function bar({ data, uid }, plan, root, top, ideas) {
  const y = top + plan.h + 6, scale = (plan.width - plan.x[0] - (plan.width === WIDE ? 150 : 92)) / data.macs.standard;
  const label = words(0, y + 13, "", { "font-size": 14, "font-weight": 600 }), full = ideas.map((idea) => data.macs[idea]);
  const end = plan.x[0] + full.reduce((a, b) => a + b) * scale;
  root.append(svg("path", { class: "wire", d: `M${plan.x[0]} ${y + 16.5}H${end}M${end} ${y}V${y + 16}` }));
  const boxes = ideas.map((idea) => svg("rect", { y, height: 16, style: hatched(uid, idea) }));
  root.append(...boxes, label);
  return (at) => {
    let left = plan.x[0], rest = at;
    const parts = boxes.map((box, i) => {
      const part = Math.min(Math.max(rest, 0), full[i]);
      box.setAttribute("x", left);
      box.setAttribute("width", part * scale);
      box.style.visibility = part ? "" : "hidden";
      left += part * scale;
      rest -= full[i];
      return part;
    });
    const sum = parts.reduce((a, b) => a + b), whole = full.reduce((a, b) => a + b), both = parts.length > 1 && parts[1] && plan.width === WIDE;
    label.setAttribute("x", Math.max(left, end) + 8);
    label.textContent = `${both ? `${parts.join(" + ")} = ` : ""}${sum} MACs${sum === whole && at >= whole && at < data.macs.standard ? ", done" : ""}`;
  };
}

export default stage(race);
