// The race. A tick is one MAC in each lane; the lower lane is done earlier and waits.

const race = {
  name: "race",
  keys: "Right and Left step one position of the upper lane, with Shift one MAC; End finishes, Home starts again, "
    + "Space plays.",
  last: ({ data }) => data.macs.standard,
  stride: ({ data }) => data.k * data.k * data.c_in,
  speeds: (scene) => [{ label: "one MAC", ticks: 1, ms: 90 },
    { label: "one position", ticks: race.stride(scene), ms: 330 },
    { label: "all at once", ticks: race.last(scene), ms: 0 }],
  title: ({ data }) => data.title,
  counters: ({ data }, at) => [{ name: "standard", value: grouped(at),
      unit: `of ${grouped(data.macs.standard)} MACs, standard` },
    { name: "separable", value: grouped(Math.min(at, data.total)),
      unit: `of ${grouped(data.total)} MACs, depthwise + pointwise` }],
  formula: ({ data, wide }) => data.formulas.map((line) => (wide ? line : line.replace(" = ", "\n= "))).join("\n"),
  caption(scene, at) {
    const { data, set } = scene, all = data.macs.standard;
    if (set.wires !== "race") return data.connections[set.wires];
    if (!at) return data.question;
    if (at >= all) return data.answer;
    const up = upper(data, at), low = lower(data, at), places = data.out * data.out;
    const upText = `Standard: output channel ${up.to + 1}, position ${up.pos + 1} of ${places}.`;
    if (at === data.total) return `Depthwise + pointwise is done; standard stands at ${grouped(at)} of ${grouped(all)}.`;
    if (at > data.total) return `${upText} Depthwise + pointwise was done at ${grouped(data.total)} and waits.`;
    const lowText = low.idea === "depthwise" ? `Depthwise: channel ${low.to + 1} alone` : `Pointwise: output channel ${low.to + 1}`;
    return `${upText} ${lowText}, position ${low.pos + 1}.`;
  },
  draw(scene) {
    const plan = scene.wide ? { width: WIDE, x: [12, 380, 750], h: 134, cell: 8.4, small: 10.2, u: 5, top: 40, gap: 68 }
      : { width: NARROW, x: [2, 158, 313], h: 150, cell: 9, small: 11, u: 4, top: 62, gap: 92 };
    const root = sheet(plan.width, plan.top + 2 * plan.h + plan.gap + 26),
      lanes = [plan.top, plan.top + plan.h + plan.gap];
    root.append(hatches(scene.uid));
    const ideas = [["standard"], ["depthwise", "pointwise"]];
    const shows = ideas.flatMap((ones, i) =>
      [lane(scene, plan, root, lanes[i], ones), bar(scene, plan, root, lanes[i], ones)]);
    return { node: root, show: (at) => shows.forEach((show) => show(at)) };
  },
};

// Which output channel and position a tick works on, how many numbers are finished, and by which idea.
function upper(data, at) { return place(data, at, data.k * data.k * data.c_in, "standard"); }
function lower(data, at) {
  const first = data.macs.depthwise;
  return at <= first ? place(data, at, data.k * data.k, "depthwise")
    : place(data, Math.min(at, data.total) - first, data.c_in, "pointwise");
}
function place({ out }, at, n, idea) {
  const number = Math.max(0, Math.ceil(at / n) - 1), places = out * out, pos = number % places;
  return { idea, to: Math.floor(number / places), pos, y: Math.floor(pos / out), x: pos % out,
    done: Math.floor(at / n), at };
}

// A kernel as a block of unit cells, seen from the front left: a cube or a needle; one of depth 1 is a flat sheet.
// Returns its right end.
function kernel(root, x, y, [side, depth], u, idea) {
  const d = depth > 1 ? u * 0.55 : 0, w = side * u, z = depth * d,
    style = `fill:var(--mv-${idea});stroke:var(--mv-${idea}-edge)`;
  const lines = [`M${x} ${y}h${w}v${w}h${-w}z`];
  if (d) lines.push(`M${x} ${y}l${z} ${-z}h${w}l${-z} ${z}z`, `M${x + w} ${y}l${z} ${-z}v${w}l${-z} ${z}z`);
  const faces = lines.length;
  for (let i = 1; i < side; i++)
    lines.push(`M${x + i * u} ${y + w}V${y}l${z} ${-z}`, `M${x} ${y + i * u}h${w}l${z} ${-z}`);
  for (let i = 1; i < depth; i++) lines.push(`M${x + i * d} ${y - i * d}h${w}v${w}`);
  root.append(...lines.map((path, i) =>
    svg("path", { class: "glyph", d: path, style: i < faces ? style : `${style};fill:none` })));
  return x + w + z;
}

// All kernels of an idea, one by one, with their number and size beside them, or around them where it is narrow.
function kernels({ data, wide }, plan, root, top, idea, x) {
  const { k, c_in: m, c_out: n } = data, cube = { standard: [k, m], depthwise: [k, 1], pointwise: [1, m] }[idea];
  const count = idea === "depthwise" ? m : n, base = top - (wide ? 7 : 24);
  let right = x;
  for (let i = 0; i < count; i++) {
    right = kernel(root, right + (i ? 4 : 0), base - cube[0] * plan.u, cube, plan.u, idea);
  }
  const size = `${cube[0]} × ${cube[0]} × ${cube[1]}`,
    name = `${count} ${idea}${idea === "standard" ? " kernels" : ""}`,
    style = { class: `mv-in-${idea}`, "font-weight": 600 };
  root.append(words(right + 7, base - 1, wide ? `${name}, ${size}` : size, style));
  if (!wide) root.append(words(x, base - 24, name, style));
}

function planes(root, x, top, height, count, size, side) {
  return Array.from({ length: count }, (_, c) => {
    const mid = top + ((c + 0.5) * height) / count, y = mid - (size * side) / 2, cells = [];
    for (let i = 0; i < size * size; i++)
      cells.push(cell(root, x + (i % size) * side, y + Math.floor(i / size) * side, side));
    const frame = svg("rect", { class: "frame", style: "stroke-width:2" });
    root.append(frame);
    return { mid, left: x, right: x + size * side, cells, frame(here, k) {
      frame.style.visibility = here ? "" : "hidden";
      if (!here) return;
      const box = { x: x + here.x * side, y: y + here.y * side, width: k * side, height: k * side };
      for (const [key, value] of Object.entries(box)) frame.setAttribute(key, value);
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

function lane(scene, plan, root, top, ideas) {
  const { data, set, wide } = scene, single = ideas.length === 1, [x0, x1, x2] = plan.x, y = top - 8;
  const middle = single ? null : planes(root, x1, top, plan.h, data.c_in, data.out, plan.small),
    size = (n, depth) => `${n} × ${n} × ${depth}`;
  ideas.forEach((idea, i) => kernels(scene, plan, root, top, idea, wide ? [124, 436][i] : plan.x[i]));
  const input = planes(root, x0, top, plan.h, data.c_in, data.size, plan.cell);
  const output = planes(root, x2, top, plan.h, data.c_out, data.out, plan.small);
  root.append(words(x0, y, `input ${size(data.size, data.c_in)}`, { class: "mv-muted" }),
    words(plan.width - (wide ? 10 : 3), y, `output ${size(data.out, data.c_out)}`,
      { class: "mv-muted", "text-anchor": "end" }));
  if (middle) {
    const centre = (middle[0].left + middle[0].right) / 2;
    root.append(words(centre, y, size(data.out, data.c_in), { class: "mv-muted", "text-anchor": "middle" }));
  }
  const bundles = single ? [wires(root, input, output, "standard")]
    : [wires(root, input, middle, "depthwise"), wires(root, middle, output, "pointwise")];
  const fill = (columns, done, idea) => columns.forEach((plane, c) =>
    plane.cells.forEach((box, i) => box.show(c * plane.cells.length + i < done ? idea : "")));
  return (at) => {
    const here = single ? upper(data, at) : lower(data, at), total = single ? data.macs.standard : data.total;
    const runs = at > 0 && at < total, asked = set.wires !== "race";
    const now = (idea) => at >= total || (runs && here.idea === idea && here.to);
    ideas.forEach((idea, i) => bundles[i](asked ? set.wires === idea : now(idea)));
    const second = here.idea === "pointwise", all = data.c_in * data.out * data.out;
    if (single) fill(output, here.done, "standard");
    else { fill(middle, second ? all : here.done, "depthwise"); fill(output, second ? here.done : 0, "pointwise"); }
    input.forEach((plane, c) => {
      const seen = runs && !second && (single || c === here.to), { size, k } = data;
      plane.frame(seen ? here : null, k);
      plane.cells.forEach((box, i) => {
        const dy = Math.floor(i / size) - here.y, dx = (i % size) - here.x;
        box.show(seen && dy >= 0 && dy < k && dx >= 0 && dx < k ? "map" : "");
      });
    });
    middle?.forEach((plane, c) => plane.frame(runs && (second || c === here.to) ? here : null, 1));
    output.forEach((plane, c) => plane.frame(runs && (single || second) && c === here.to ? here : null, 1));
  };
}

function bar({ data, uid, wide }, plan, root, top, ideas) {
  const y = top + plan.h + 6, scale = (plan.width - plan.x[0] - (wide ? 150 : 92)) / data.macs.standard;
  const label = words(0, y + 13, "", { "font-size": 14, "font-weight": 600 }),
    full = ideas.map((idea) => data.macs[idea]);
  const whole = full.reduce((a, b) => a + b), end = plan.x[0] + whole * scale;
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
    const sum = parts.reduce((a, b) => a + b),
      both = parts.length > 1 && parts[1] && wide ? `${parts.join(" + ")} = ` : "";
    label.setAttribute("x", Math.max(left, end) + 8);
    const waits = at >= whole && at < data.macs.standard;
    label.textContent = `${both}${sum} of ${whole}${wide ? " MACs" : ""}${waits ? ", done" : ""}`;
  };
}

export default stage(race);
