// The sum behind one number of a map: what was read, times the kernel, makes the products.

const SHOWN = { grids: 3, lines: 9 };

// Per input channel that is read: its inputs, weights and products, and what they sum to.
function sharesOf(scene, facts, map, place) {
  const { inputs, kernel } = madeOf(scene, facts, map, place), [reads, high, wide] = facts.reads, area = high * wide;
  return Array.from({ length: reads }, (_, i) => {
    const read = [...inputs.subarray(i * area, (i + 1) * area)], weights = [...kernel.subarray(i * area, (i + 1) * area)];
    const products = read.map((value, at) => (isNaN(value) ? 0 : value) * weights[at]);
    return { channel: facts.first[map] + i, read, weights, products, sum: products.reduce((a, b) => a + b, 0) };
  });
}

// The rows and columns that a place reads, padding's included.
function readAt({ geometry: [sy, sx, py, px, dy, dx], reads: [, high, wide], rows, columns }, place) {
  const row = rows[Math.floor(place / columns.length)] * sy - py, column = columns[place % columns.length] * sx - px;
  return [[row, row + (high - 1) * dy], [column, column + (wide - 1) * dx]];
}
function span([from, to]) { return from === to ? signed(from) : `${signed(from)} to ${signed(to)}`; }

function drawSum(scene, facts) {
  const { wide, data } = scene, [reads, high, across] = facts.reads, deep = high * across === 1;
  const plan = wide ? { width: WIDE, big: 214, x: 250, top: 40, photo: [4, 280, 150], cell: high > 5 ? 24 : high > 3 ? 33 : reads > 1 ? 40 : 52, gap: 22, right: 796 }
    : { width: NARROW, big: 160, x: 2, top: 228, photo: [184, 24, 160], cell: high > 5 ? 14 : high > 3 ? 20 : 34, gap: 20, right: 346 };
  const grids = Math.min(reads, SHOWN.grids), block = high * plan.cell + (wide ? 34 : 56);
  const lines = deep ? Math.min(reads, SHOWN.lines) + 2 : 0, content = deep ? lines * 26 : grids * block + (reads > grids ? 24 : 0);
  const height = Math.max(plan.top + content, wide ? 438 : 0), root = sheet(plan.width, height), live = svg("g");
  const map = pictureOf("", 4, 24, plan.big, { "data-large": "", style: "image-rendering:pixelated;cursor:crosshair" });
  const name = small(4, 18, ""), frames = ringed(), dots = svg("g", { style: "pointer-events:none" });
  root.append(name, map, dots, ...frames);
  const photoFrames = ringed();
  if (data.photo) {
    const [x, y, side] = plan.photo;
    root.append(small(x, y - 6, wide ? "where that is on the photo" : "on the photo"), pictureOf(data.photo, x, y, side), ...photoFrames);
  }
  root.append(live);
  return { node: root, show(_, spot) {
    const { m, place } = spot, [row, column] = shareOf(facts, place), [h, w] = facts.shape;
    name.textContent = `channel ${facts.channels[m]}${wide ? ` of ${facts.path}` : ""}`;
    make(map, { href: picturesOf(scene, facts)[m], "data-large": m }, []);
    const box = (x, y, side, least) => ({ x: x + column * side - Math.max(least - side / w, 0) / 2, y: y + row * side - Math.max(least - side / h, 0) / 2,
      width: Math.max(side / w, least), height: Math.max(side / h, least) });
    frames.forEach((frame) => make(frame, box(4, 24, plan.big, 8), []));
    photoFrames.forEach((frame) => make(frame, box(...plan.photo, 8), []));
    live.replaceChildren(...(deep ? deepSum(scene, facts, plan, spot) : wideSum(scene, facts, plan, spot)));
  } };
}

// One line per input channel, the largest products first; the rest as one number.
function deepSum(scene, facts, plan, { m, place }) {
  const all = sharesOf(scene, facts, m, place), order = [...all].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const lines = order.slice(0, SHOWN.lines), rest = order.slice(SHOWN.lines), most = Math.max(...lines.map((one) => Math.abs(one.sum)), 1e-9);
  const wide = plan.width === WIDE, [a, b, c, d] = wide ? [110, 190, 270, 330] : [84, 160, 232, 268], found = [];
  const head = (x, content, anchor = "end") => found.push(small(plan.x + x, plan.top - 8, content, { "text-anchor": anchor }));
  head(0, "channel", "start"); head(a, "input"); head(b, "weight"); head(c, "product");
  lines.forEach(({ channel, read, weights, products }, i) => {
    const y = plan.top + 14 + 26 * i, end = { "text-anchor": "end" }, room = (plan.right - plan.x - d) / 2, middle = plan.x + d + room;
    const long = (room * Math.abs(products[0])) / most, idea = products[0] < 0 ? "depthwise" : "map";
    found.push(words(plan.x, y, String(channel)), words(plan.x + a, y, brief(read[0]), end), words(plan.x + a + 14, y, "×", { "text-anchor": "middle" }),
      words(plan.x + b, y, brief(weights[0]), end), words(plan.x + b + 12, y, "=", { "text-anchor": "middle" }),
      words(plan.x + c, y, brief(products[0]), { ...end, "data-product": products[0] }),
      svg("rect", { x: products[0] < 0 ? middle - long : middle, y: y - 12, width: long, height: 16,
        style: `fill:var(--mv-${idea});stroke:var(--mv-${idea}-ink)` }),
      svg("path", { class: "wire", d: `M${middle} ${y - 16}v26` }));
  });
  const more = rest.reduce((sum, one) => sum + one.sum, 0), y = plan.top + 14 + 26 * lines.length;
  if (rest.length) found.push(words(plan.x, y, `and ${grouped(rest.length)} smaller ones`, { class: "mv-muted" }),
    words(plan.x + c, y, brief(more), { "text-anchor": "end", "data-rest": more }));
  return found;
}

// Three grids per input channel: what was read, the kernel, the products; the largest channels first where there are many.
function wideSum(scene, facts, plan, { m, place }) {
  const [reads, high, across] = facts.reads, all = sharesOf(scene, facts, m, place), found = [], { cell: side, gap } = plan;
  const order = reads > SHOWN.grids ? [...all].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)) : all;
  const shown = order.slice(0, SHOWN.grids), rest = order.slice(SHOWN.grids), wide = plan.width === WIDE;
  const largest = ["read", "weights", "products"].map((part) => largestOf(shown.flatMap((one) => one[part])));
  const width = across * side, xs = [0, 1, 2].map((i) => plan.x + i * (width + gap)), block = high * side + (wide ? 34 : 56);
  const [rows, columns] = readAt(facts, place);
  found.push(small(plan.x, plan.top - 24, `read at rows ${span(rows)}, columns ${span(columns)}`));
  shown.forEach((one, i) => {
    const y = plan.top + i * block + 4, middle = y + (high * side) / 2 + 4;
    [`input channel ${one.channel}`, "kernel", "products"].forEach((label, j) => found.push(small(xs[j], y - 6, label)));
    ["read", "weights", "products"].forEach((part, j) =>
      found.push(make(gridOf(scene, one[part], [xs[j], y], [high, across], side, largest[j]), { "data-part": part }, [])));
    ["×", "="].forEach((sign, j) => found.push(words(xs[j + 1] - gap / 2, middle, sign, { "text-anchor": "middle" })));
    const sum = { "data-sum": one.sum, class: "mv-now" };
    found.push(wide && xs[2] + width + 90 < plan.right ? words(xs[2] + width + 10, middle, `→ ${brief(one.sum)}`, sum)
      : words(plan.x, y + high * side + 18, `→ sum ${brief(one.sum)}`, sum));
  });
  if (rest.length) found.push(words(plan.x, plan.top + shown.length * block + 14,
    `and ${grouped(rest.length)} more input channels: ${brief(rest.reduce((sum, one) => sum + one.sum, 0))}`, { class: "mv-muted" }));
  return found;
}

// The sum and the steps after it in words, one a line.
function stepsOf(scene, facts, m, place) {
  const { bias, after } = madeOf(scene, facts, m, place), count = facts.reads.reduce((a, b) => a * b, 1);
  const lines = [`${grouped(count)} product${count > 1 ? "s" : ""}${bias ? ` and the bias ${brief(bias)}` : ""} sum to ${brief(after[0], 6)}`];
  facts.steps.forEach(({ name, words: told }, i) =>
    lines.push(`${name}${told.length ? ` ${told[m]}` : ""} makes it ${brief(after[i + 1], 6)}`));
  return lines;
}
