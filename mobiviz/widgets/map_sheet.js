// The contact sheet. Tick 0 is the whole sheet, tick i its i-th map in the chosen order.

const sheetIdea = {
  name: "sheet",
  keys: "Right, Left, Up and Down walk along the maps, 1 to 6 choose a layer, Home shows the whole sheet; point at a map "
    + "to see what that position sees.",
  last: (scene) => layerOf(scene).shape[0],
  stride: () => 1,
  speeds: (scene) => [{ label: "one map, slowly", ticks: 1, ms: 1500 }, { label: "one map", ticks: 1, ms: 700 },
    { label: "all at once", ticks: sheetIdea.last(scene), ms: 0 }],
  title: (scene) => layerOf(scene).title,
  counters(scene, at) {
    const layer = layerOf(scene), c = channelAt(scene, at);
    if (!at) return [{ name: "maps", value: layer.shape[0], unit: `maps of ${layer.path}, on one scale, ${layer.scale}` }];
    return [{ name: "channel", value: `Channel ${c}`, unit: `of ${layer.path}` },
      { name: "drop", value: layer.drops[c], unit: "points the answer drops", small: true },
      { name: "mean", value: layer.means[c], unit: "mean |activation|", small: true }];
  },
  formula(scene, at) {
    const layer = layerOf(scene);
    if (!at) return `One position sees ${layer.field} pixels of the photo.`;
    const [y, x] = spotOf(scene, at), [top, bottom] = layer.rows[y], [left, right] = layer.columns[x];
    return `Row ${y}, column ${x} sees ${layer.field} pixels; on the photo rows ${top} to ${bottom - 1}, `
      + `columns ${left} to ${right - 1}.`;
  },
  caption: (scene, at) => (at ? layerOf(scene).words[channelAt(scene, at)] : scene.data.whole),
  draw(scene) {
    const layer = layerOf(scene), few = layer.shape[0] <= 18; // few maps are drawn larger
    const plan = scene.wide ? few ? { width: WIDE, columns: 6, side: 80, step: 87, line: 104, x: 4, top: 142 }
      : { width: WIDE, columns: 8, side: 58, step: 65, line: 80, x: 4, top: 142 }
      : { width: NARROW, columns: 6, side: 51, step: 58, line: 74, x: 2, top: 142 };
    const lines = Math.ceil(layer.shape[0] / plan.columns), below = plan.top + lines * plan.line;
    const beside = scene.wide ? { x: 540, y: plan.top, side: 200, kx: 540, ky: plan.top + 226 }
      : { x: 2, y: below + 12, side: 180, kx: 216, ky: below + 12 };
    const high = scene.wide ? Math.max(below, beside.ky + 136) : beside.y + 190, root = sheet(plan.width, high);
    scene.columns = plan.columns;
    tube(scene, root, plan);
    const maps = drawMaps(scene, root, plan), side = drawBeside(scene, root, beside);
    return { node: root, show(at) { maps(at); side(at); } };
  },
  press(scene, event, show) {
    if (event.type === "click") return clicked(scene, event, show);
    if (event.target.matches("button")) return false;
    const chosen = Number(event.key) - 1, last = sheetIdea.last(scene);
    if (event.key.trim() && scene.data.layers[chosen]) { choose(scene, show, chosen); show.say(); return true; }
    const step = { ArrowUp: -scene.columns, ArrowDown: scene.columns }[event.key];
    if (!step) return false;
    const to = show.at ? show.at + step : 1;
    if (to >= 1 && to <= last) { show.pause(); show.go(to); show.say(); }
    return true;
  },
  hover(scene, event, show) {
    const spot = pointed(scene, event);
    if (spot && !show.timer) { scene.spot = spot; show.go(spot.at); }
  },
};

function layerOf({ data, set }) { return data.layers[set.layer]; }
function channelAt(scene, at) { return layerOf(scene).orders[scene.set.order][at - 1]; }
// The position that was pointed at, else the brightest of the map.
function spotOf(scene, at) {
  const { spot } = scene;
  if (spot?.at === at && spot.layer === scene.set.layer && spot.order === scene.set.order) return spot.place;
  return layerOf(scene).peaks[channelAt(scene, at)];
}

function pointed(scene, event) {
  const map = event.target.closest?.("[data-map]");
  if (!map) return null;
  const { left, top, width, height } = map.getBoundingClientRect(), [, rows, columns] = layerOf(scene).shape;
  const inside = (share, count) => Math.min(Math.max(Math.floor(share * count), 0), count - 1);
  return { at: Number(map.dataset.map), layer: scene.set.layer, order: scene.set.order,
    place: [inside((event.clientY - top) / height, rows), inside((event.clientX - left) / width, columns)] };
}

function clicked(scene, event, show) {
  const block = event.target.closest("[data-layer]"), spot = pointed(scene, event);
  if (block) choose(scene, show, Number(block.dataset.layer));
  else if (spot) { scene.spot = spot; show.pause(); show.go(spot.at); }
  return Boolean(block || spot);
}

function choose(scene, show, layer) {
  scene.set.layer = layer;
  show.follow.forEach((act) => act());
  show.draw(0);
}

// The network as a tube: a block is as high as its map's side; those that hold a layer of the sheet can be chosen.
function tube(scene, root, plan) {
  const { data } = scene, wide = (plan.width - 2 * plan.x) / Math.max(data.tube.length, 1), middle = 52;
  const most = Math.max(...data.tube.map(({ side }) => side), 1);
  if (data.tube.length) root.append(words(plan.x, 14, "the network's blocks: choose one with a number", { "font-size": 12, class: "mv-muted" }));
  data.tube.forEach(({ side, layer }, i) => {
    const x = plan.x + i * wide, height = 6 + (48 * side) / most, chosen = layer === scene.set.layer;
    const style = layer < 0 ? "fill:var(--mv-panel);stroke:var(--mv-line)" : "fill:var(--mv-depthwise);stroke:var(--mv-depthwise-ink)";
    const block = svg("g", layer < 0 ? {} : { "data-layer": layer, style: "cursor:pointer" });
    block.append(svg("rect", { x, y: 20, width: wide, height: 62, fill: "transparent" }),
      svg("rect", { x: x + 1.5, y: middle - height / 2, width: wide - 3, height, style, "stroke-width": 1.5 }));
    if (chosen) block.append(svg("rect", { class: "frame", x: x + 0.5, y: 22, width: wide - 1, height: 60 }));
    if (layer >= 0) block.append(words(x + wide / 2, 97, String(layer + 1), { "text-anchor": "middle", "font-weight": chosen ? 700 : 400 }));
    root.append(block);
  });
}

function drawMaps(scene, root, plan) {
  const layer = layerOf(scene), images = pixels(scene, layer);
  const frames = framed({ width: plan.side, height: plan.side });
  const legend = scene.wide ? scene.data.legend : "above each map: channel, points lost without it";
  root.append(words(plan.x, plan.top - 24, legend, { "font-size": 12, class: "mv-muted" }));
  const place = (slot) => [plan.x + plan.step * (slot % plan.columns), plan.top + plan.line * Math.floor(slot / plan.columns)];
  layer.orders[scene.set.order].forEach((c, slot) => {
    const [x, y] = place(slot), look = { x, y, width: plan.side, height: plan.side };
    root.append(words(x, y - 4, String(c), { "font-size": 12, class: "mv-muted" }),
      words(x + plan.side, y - 4, layer.drops[c], { "font-size": 12, "text-anchor": "end" }),
      svg("image", { ...look, href: images[c], preserveAspectRatio: "none", "data-map": slot + 1,
        style: "image-rendering:pixelated;cursor:crosshair" }));
  });
  root.append(...frames);
  return (at) => {
    const [x, y] = place(Math.max(at - 1, 0));
    frames.forEach((frame) => make(frame, { x, y, visibility: at ? "visible" : "hidden" }, []));
  };
}

// A frame that can be seen on any picture, light around dark.
function framed(attrs = {}) {
  return ["#ffffff", "#d55e00"].map((stroke, i) =>
    svg("rect", { fill: "none", stroke, "stroke-width": i ? 2.5 : 5, style: "pointer-events:none", ...attrs }));
}

// Each map of a layer as a picture, painted once from its bytes.
function pixels(scene, layer) {
  if (layer.images) return layer.images;
  const [count, height, width] = layer.shape, canvas = html("canvas", { width, height }), pen = canvas.getContext("2d");
  const shades = scene.data.colours.map((colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)));
  layer.images = Array.from({ length: count }, (_, c) => {
    const paper = pen.createImageData(width, height), start = layer.offset + c * width * height;
    for (let i = 0; i < width * height; i++) paper.data.set([...shades[scene.grids[start + i] + 127], 255], 4 * i);
    pen.putImageData(paper, 0, 0);
    return canvas.toDataURL();
  });
  return layer.images;
}

// The photo with the receptive field on it, and the filter of the map.
function drawBeside(scene, root, { x, y, side, kx, ky }) {
  const { data, wide } = scene, [rows, columns] = data.sides, scale = side / columns, size = 44;
  const label = words(x, y - 4, "the photo", { "font-size": 12, class: "mv-muted" });
  root.append(label, svg("image", { x, y, width: side, height: rows * scale, href: data.photo, preserveAspectRatio: "none" }));
  const boxes = framed({ "data-field": "" });
  const name = words(kx, ky - 4, "", { "font-size": 12, class: "mv-muted" }), cells = svg("g");
  root.append(...boxes, name, cells);
  return (at) => {
    boxes.forEach((box) => box.setAttribute("visibility", at ? "visible" : "hidden"));
    label.textContent = at ? (wide ? "what this position can see" : "what it can see") : "the photo";
    name.textContent = at ? "its filter" : "";
    cells.replaceChildren();
    if (!at) return;
    const layer = layerOf(scene), c = channelAt(scene, at), [row, column] = spotOf(scene, at);
    const [top, bottom] = layer.rows[row], [left, right] = layer.columns[column];
    const place = { x: x + left * scale, y: y + top * scale, width: (right - left) * scale, height: (bottom - top) * scale };
    boxes.forEach((box) => make(box, place, []));
    layer.kernels[c].forEach((line, i) => line.forEach((weight, j) => {
      const left = kx + j * size, top = ky + i * size;
      cells.append(svg("rect", { x: left, y: top, width: size, height: size, fill: layer.shades[c][i][j], style: "stroke:var(--mv-line)" }),
        words(left + size / 2, top + size / 2 + 4, signed(weight), { "font-size": 12, "text-anchor": "middle",
          style: `fill:${layer.inks[c][i][j]}` }));
    }));
  };
}

export default stage(sheetIdea);
