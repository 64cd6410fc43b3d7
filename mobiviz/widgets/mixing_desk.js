// The mixing desk. Tick 0 is the whole desk, tick i its i-th channel.

const desk = {
  name: "desk",
  keys: "Right and Left walk along the channels, Home shows the whole desk, End the last channel, Space plays; "
    + "the menus change the photo and mute SE.",
  last: (scene) => photoOf(scene).gates.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "one channel, slowly", ticks: 1, ms: 1600 }, { label: "one channel", ticks: 1, ms: 600 },
    { label: "all at once", ticks: desk.last(scene), ms: 0 }],
  title: (scene) => (scene.set.se ? photoOf(scene).title : `Muted: all ${photoOf(scene).gates.length} channels go on as they came`),
  counters(scene, at) {
    const { gates, rows } = photoOf(scene), on = scene.set.se;
    if (!at) return [{ name: "gate", value: gates.length, unit: "channels, one gate each" }];
    const [mean, gate, after] = rows[at - 1];
    return [{ name: "gate", value: on ? gate : "1", unit: `gate of channel ${at - 1}` },
      { name: "mean", value: mean, unit: "mean of its map", small: true },
      { name: "after", value: on ? after : mean, unit: "mean after the gate", small: true }];
  },
  formula(scene, at) {
    if (!at) return "gates = h-sigmoid(W₂ × ReLU(W₁ × means)), output = map × gate";
    const [mean, gate, after] = photoOf(scene).rows[at - 1];
    return scene.set.se ? `${mean} × ${gate} = ${after}` : `${mean} × 1 = ${mean}`;
  },
  caption(scene, at) {
    if (!scene.set.se) return "Without the gates every map keeps its strength. Switch SE on again and look at the lower row.";
    if (!at) return "Squeeze: the mean of each map. Excite: two small layers turn all means into one gate a channel.";
    const share = Math.round(100 * photoOf(scene).gates[at - 1]);
    return `Channel ${at - 1}: ${share ? `${share}% of its map goes on.` : "its map is shut off."} On another photo the same fader stands elsewhere.`;
  },
  draw(scene) {
    const one = photoOf(scene), count = one.gates.length, wide = scene.wide;
    const plan = wide ? { width: WIDE, per: 16, step: 49, side: 44, fader: 96, row: 254, left: 8 }
      : { width: NARROW, per: 8, step: 43, side: 39, fader: 70, row: 206, left: 3 };
    const rows = Math.ceil(count / plan.per), below = (wide ? 42 : 22) + rows * plan.row, zoom = wide ? 128 : 104;
    const root = sheet(plan.width, below + zoom + 30);
    root.append(hatches(scene.uid));
    const pixels = pictures(scene);
    const strips = one.gates.map((gate, c) => strip(scene, plan, root, pixels, c));
    const big = zoomed(scene, plan, root, pixels, below, zoom);
    return { node: root, show(at) { strips.forEach((show, c) => show(at === c + 1)); big(at); } };
  },
};

function photoOf({ data, set }) { return data.photos[set.photo ?? 0]; }

// A map as a small picture: every pixel times the gate, on one colour scale for all channels.
function pictures(scene) {
  const { data: { side, small, stops }, grids, set } = scene, channels = photoOf(scene).gates.length;
  const start = set.photo * (channels * side * side + small * small * 3), rgb = stops.map((stop) => [1, 3, 5].map((i) => parseInt(stop.slice(i, i + 2), 16)));
  const paint = (size, colour) => {
    const canvas = html("canvas", { width: size, height: size }), pen = canvas.getContext("2d"), image = pen.createImageData(size, size);
    for (let i = 0; i < size * size; i++) image.data.set([...colour(i), 255], 4 * i);
    pen.putImageData(image, 0, 0);
    return canvas.toDataURL();
  };
  const scale = (value) => {
    const at = (value / 127) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2);
    return rgb[low].map((from, k) => Math.round(from + (at - low) * (rgb[low + 1][k] - from)));
  };
  const first = start + channels * side * side;
  return {
    map: (c, gate) => paint(side, (i) => scale(Math.round(grids[start + c * side * side + i] * gate))),
    photo: () => paint(small, (i) => [0, 1, 2].map((k) => grids[first + 3 * i + k] & 255)),
  };
}

function framed(root, href, x, y, side) {
  const box = { x, y, width: side, height: side }, image = svg("image", { ...box, href, preserveAspectRatio: "none", style: "image-rendering:pixelated" });
  root.append(image, svg("rect", { ...box, style: "fill:none;stroke:var(--mv-line)" }));
  return image;
}

function strip(scene, plan, root, pixels, c) {
  const gate = scene.set.se ? photoOf(scene).gates[c] : 1, { side, fader, step } = plan;
  const x = plan.left + (c % plan.per) * step, y = 22 + Math.floor(c / plan.per) * plan.row, mid = x + side / 2, top = y + side + 34;
  if (c % plan.per === 0) {
    root.append(words(plan.left, y - 8, c ? "" : scene.wide ? "maps before the gates" : "before", { class: "mv-muted" }));
    root.append(words(plan.left, top + fader + 24 + side + 16, c || !scene.wide ? "" : "maps after the gates", { class: "mv-muted" }));
  }
  framed(root, pixels.map(c, 1), x, y, side);
  const value = words(mid, top - 16, gate === 1 && !scene.set.se ? "1" : gate.toFixed(2), { "text-anchor": "middle", "font-size": 12, class: "mv-in-se" });
  root.append(svg("path", { class: "wire", style: "stroke-width:4", d: `M${mid} ${top - 6}v${fader + 12}` }), value,
    svg("rect", { "data-knob": c, x: mid - 13, y: top + fader * (1 - gate) - 6, width: 26, height: 12, rx: 2, style: hatched(scene.uid, "se") }));
  framed(root, pixels.map(c, gate), x, top + fader + 24 - 6, side);
  const frame = svg("rect", { class: "frame", x: x - 2, y: y - 2, width: side + 4, height: top + fader + 18 + side - y + 4, style: "stroke-width:2" });
  root.append(frame);
  return (here) => {
    frame.style.visibility = here ? "" : "hidden";
    value.style.fontWeight = here ? 700 : "";
  };
}

// The photo, and the chosen channel large: before, after.
function zoomed(scene, plan, root, pixels, top, side) {
  const one = photoOf(scene), wide = scene.wide, xs = wide ? [90, 336, 582] : [3, 123, 243];
  framed(root, pixels.photo(), xs[0], top + 22, side);
  const images = [1, 2].map((i) => framed(root, "", xs[i], top + 22, side));
  const labels = xs.map((x) => words(x, top + 15, "", { class: "mv-muted" }));
  root.append(...labels);
  labels[0].textContent = one.name;
  return (at) => {
    const c = Math.max(at - 1, 0), gate = scene.set.se ? one.gates[c] : 1;
    [1, gate].forEach((share, i) => images[i].setAttribute("href", pixels.map(c, share)));
    labels[1].textContent = wide ? `channel ${c}, before` : `channel ${c}`;
    labels[2].textContent = wide ? `channel ${c}, after: × ${gate.toFixed(2)}` : `× ${gate.toFixed(2)}`;
  };
}

export default stage(desk);
