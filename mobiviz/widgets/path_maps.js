// What the path down shows of a layer: its numbers out of the bytes, maps as pictures, kernels as coloured cells.

const NUMBERS = new WeakMap();

// The layer that is looked at: one that the picture holds, else what the kernel has sent of it; null while there is none.
function layerSeen(scene) {
  const { data, set, model } = scene, page = Math.min(set.page ?? 1, Math.max(pagesOf(scene), 1));
  if (page === 1 && data.layers[set.layer]) return data.layers[set.layer];
  const extra = model.get("extra");
  return extra?.bar === set.layer && extra.page === page ? extra : null;
}
function pagesOf({ data, set }) { return Math.ceil(data.counts[set.layer] / data.pageful); }
function gridsOf(scene, facts) { return facts.bar === undefined ? scene.grids : bytes(scene.model.get("extra_grids")); }

// Float32 numbers and int8 maps of a layer. Inputs are one list per place, or per map and place where maps read apart.
function numbersOf(scene, facts) {
  if (NUMBERS.has(facts)) return NUMBERS.get(facts);
  const grids = gridsOf(scene, facts), { offsets, channels, rows, columns, reads, steps, drawn } = facts;
  const floats = (name, count) => {
    const from = facts.start + offsets[name];
    return new Float32Array(grids.slice(from, from + 4 * count).buffer);
  };
  const maps = channels.length, places = rows.length * columns.length, each = reads[0] * reads[1] * reads[2];
  const from = facts.start + offsets.maps;
  const found = { maps, places, each, inputs: floats("inputs", (facts.shared ? 1 : maps) * places * each),
    kernels: floats("kernels", maps * each), bias: floats("bias", maps), values: floats("values", (steps.length + 1) * maps * places),
    levels: grids.slice(from, from + maps * drawn[0] * drawn[1]), pictures: {} };
  NUMBERS.set(facts, found);
  return found;
}

// Everything behind one number: what was read, the kernel, and the values after the sum and after each step.
function madeOf(scene, facts, map, place) {
  const { maps, places, each, inputs, kernels, bias, values } = numbersOf(scene, facts);
  const from = (facts.shared ? place : map * places + place) * each;
  const after = Array.from({ length: facts.steps.length + 1 }, (_, i) => values[(i * maps + map) * places + place]);
  return { inputs: inputs.subarray(from, from + each), kernel: kernels.subarray(map * each, (map + 1) * each),
    bias: bias[map], after, value: after.at(-1) };
}

function shadesOf(scene) {
  return (scene.shades ??= scene.data.colours.map((colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16))));
}

// Each map of a layer as a picture; on one scale a weak map is a dark one.
function picturesOf(scene, facts) {
  const found = numbersOf(scene, facts), { scale } = scene.set;
  if (found.pictures[scale]) return found.pictures[scale];
  const [height, width] = facts.drawn, canvas = html("canvas", { width, height }), pen = canvas.getContext("2d");
  const shades = shadesOf(scene), top = Math.max(...facts.tops) || 1, paper = pen.createImageData(width, height);
  found.pictures[scale] = facts.channels.map((_, map) => {
    const share = scale === "one" ? facts.tops[map] / top : 1, start = map * width * height;
    for (let i = 0; i < width * height; i++) {
      const [r, g, b] = shades[Math.round(found.levels[start + i] * share) + 127];
      paper.data[4 * i] = r; paper.data[4 * i + 1] = g; paper.data[4 * i + 2] = b; paper.data[4 * i + 3] = 255;
    }
    pen.putImageData(paper, 0, 0);
    return canvas.toDataURL();
  });
  return found.pictures[scale];
}

function colourOf(scene, share) {
  const level = Math.round(Math.min(Math.max(share, -1), 1) * 127) + 127, shade = shadesOf(scene)[level];
  const [r, g, b] = shade.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return [scene.data.colours[level], 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.179 ? "#ffffff" : "#000000"];
}

function largestOf(values) { return values.reduce((most, v) => Math.max(most, isNaN(v) ? 0 : Math.abs(v)), 0) || 1; }
function brief(value, digits = 3) { return signed(String(Number(value.toPrecision(digits)))); }
// A number for a small cell: at most two decimals, no nought before the point.
function hundredths(value, side) {
  const size = Math.abs(value), digits = size >= 100 ? 0 : size >= 9.995 || (size >= 0.995 && side < 38) ? 1 : 2;
  return size < 0.005 ? "0" : signed(value.toFixed(digits).replace(/^(-?)0\./, "$1."));
}

// k x k numbers as coloured cells, written where there is room; a missing one stands in the padding.
function gridOf(scene, values, [x, y], [rows, columns], side, largest) {
  const group = svg("g");
  values.forEach((value, i) => {
    const left = x + (i % columns) * side, top = y + Math.floor(i / columns) * side, outside = isNaN(value);
    const [fill, ink] = outside ? ["var(--mv-paper)", "var(--mv-muted)"] : colourOf(scene, value / largest);
    const edge = `fill:${fill};stroke:var(--mv-line);${outside ? "stroke-dasharray:2 2" : ""}`;
    group.append(svg("rect", { x: left, y: top, width: side, height: side, style: edge },
      svg("title", {}, outside ? "padding: 0" : signed(String(value)))));
    if (side >= 32) group.append(words(left + side / 2, top + side / 2 + 4, outside ? "0" : hundredths(value, side),
      { "font-size": 12, "text-anchor": "middle", style: `fill:${ink};pointer-events:none` }));
  });
  return group;
}

// A map's kernel in a square of this side: numbers where they fit, else one coloured cell per weight.
function kernelOf(scene, facts, map, [x, y], room) {
  const { kernels, each } = numbersOf(scene, facts), [reads, high, wide] = facts.reads;
  const weights = [...kernels.subarray(map * each, (map + 1) * each)], largest = largestOf(weights);
  if (high * wide > 1 && reads <= 4) {
    const group = svg("g"), across = reads > 1 ? 2 : 1, side = Math.floor((room - 8 * (across - 1)) / (Math.max(high, wide) * across));
    for (let i = 0; i < reads; i++) {
      const corner = [x + (i % across) * (wide * side + 8), y + Math.floor(i / across) * (high * side + 8)];
      group.append(gridOf(scene, weights.slice(i * high * wide, (i + 1) * high * wide), corner, [high, wide], side, largest));
    }
    return group;
  }
  const across = Math.ceil(Math.sqrt(weights.length)), side = Math.min(room / across, 30);
  return gridOf(scene, weights, [x, y], [Math.ceil(weights.length / across), across], side, largest);
}

function kernelWords({ reads: [reads, high, wide] }) {
  if (high * wide === 1) return `its ${grouped(reads)} weight${reads > 1 ? "s" : ""}`;
  return reads > 1 ? `its ${grouped(reads)} kernels, ${high}×${wide}` : `its ${high}×${wide} kernel`;
}

// Where a place of the map lies in a picture of it, as a share of its sides.
function shareOf({ rows, columns, shape }, place) {
  return [rows[Math.floor(place / columns.length)] / shape[0], columns[place % columns.length] / shape[1]];
}
function ringed(attrs = {}) {
  return ["#ffffff", "#d55e00"].map((stroke, i) =>
    svg("rect", { fill: "none", stroke, "stroke-width": i ? 2.5 : 5, style: "pointer-events:none", ...attrs }));
}
function pictureOf(href, x, y, side, attrs = {}) {
  return svg("image", { x, y, width: side, height: side, href, preserveAspectRatio: "none", style: "image-rendering:pixelated", ...attrs });
}
function small(x, y, content, attrs = {}) { return words(x, y, content, { "font-size": 12, class: "mv-muted", ...attrs }); }

// The maps of a layer; below them the one that is looked at, its kernel, and the photo.
function drawSheet(scene, facts) {
  const { wide, data } = scene, plan = wide ? { width: WIDE, across: 8, side: 90, step: 99, line: 112, big: 190, x: [4, 218, 432] }
    : { width: NARROW, across: 4, side: 79, step: 87, line: 98, big: 160, x: [2, 184, 2] };
  const count = facts.channels.length, lines = Math.ceil(count / plan.across), low = 42 + lines * plan.line + 6;
  const photoAt = wide ? low : low + plan.big + 28, root = sheet(plan.width, photoAt + plan.big + (data.photo || wide ? 6 : -photoAt + low));
  const pictures = picturesOf(scene, facts), spots = facts.channels.map((_, map) =>
    [plan.x[0] + plan.step * (map % plan.across), 42 + plan.line * Math.floor(map / plan.across)]);
  const top = Math.max(...facts.tops), scale = scene.set.scale === "one" ? `one scale, ±${brief(top)}` : "each on its own scale";
  const which = `${grouped(count)} of ${grouped(facts.count)} maps, ${facts.shape.join(" × ")}, ${scale}`;
  root.append(small(plan.x[0], 16, which));
  facts.channels.forEach((channel, map) => root.append(small(spots[map][0], spots[map][1] - 4, String(channel)),
    pictureOf(pictures[map], ...spots[map], plan.side, { "data-map": map, style: "image-rendering:pixelated;cursor:pointer" })));
  const frames = ringed({ width: plan.side, height: plan.side }), below = svg("g");
  root.append(...frames, below);
  return { node: root, across: plan.across, show(at) {
    const map = Math.max(at - 1, 0), [x, y] = spots[map];
    frames.forEach((frame) => make(frame, { x, y, visibility: at ? "visible" : "hidden" }, []));
    below.replaceChildren(small(plan.x[0], low - 6, wide ? `channel ${facts.channels[map]}: click a pixel of it` : `channel ${facts.channels[map]}`),
      pictureOf(pictures[map], plan.x[0], low, plan.big, { "data-large": map, style: "image-rendering:pixelated;cursor:crosshair" }),
      small(plan.x[1], low - 6, kernelWords(facts)),
      kernelOf(scene, facts, map, [plan.x[1], low], plan.big));
    if (data.photo) below.append(small(plan.x[2], photoAt - 6, "the photo"), pictureOf(data.photo, plan.x[2], photoAt, plan.big));
  } };
}
