// The odometer. A tick is one MAC; one output number takes `n` of them, filter after filter, row by row.

const BOX = 156;

const odometer = {
  name: "odometer",
  keys: "Right and Left step one position, with Shift one MAC; End finishes, Home starts again, Space plays.",
  last: (scene) => macs(scene),
  stride: (scene) => caseOf(scene).n,
  speeds: (scene) => [{ label: "one MAC", ticks: 1, ms: 90 },
    { label: "one position", ticks: caseOf(scene).n, ms: 420 },
    { label: "all at once", ticks: macs(scene), ms: 0 }],
  title: (scene) => caseOf(scene).titles[scene.set.c_out - 1],
  counters(scene, at) {
    const one = caseOf(scene), i = scene.set.c_out - 1;
    return [{ name: "macs", value: grouped(at), unit: `of ${grouped(macs(scene))} MACs` },
      { name: "params", value: grouped(one.params[i]), unit: `weights = ${one.weights[i]}`, small: true }];
  },
  formula: (scene) =>
    `MACs = ${caseOf(scene).symbols}${scene.wide ? " " : "\n"}= ${caseOf(scene).formulas[scene.set.c_out - 1]}`,
  caption(scene, at) {
    const one = caseOf(scene), here = moment(scene, at), places = one.out * one.out;
    if (!at) return `${scene.data.mac} The first output number takes ${one.n} of them: k × k × C_in.`;
    const where = `Filter ${here.f + 1} of ${scene.set.c_out}, position ${here.pos + 1} of ${places}`;
    if (here.m === one.n) return `${where}: ${one.n} products, sum ${signed(here.sum)}.`;
    const { x, w } = factors(scene, here);
    return `${where}: product ${here.m} of ${one.n} is ${x} × ${signed(w)}; the sum so far is ${signed(here.sum)}.`;
  },
  draw(scene) {
    const plan = scene.wide ? widePlan(scene) : narrowPlan(scene);
    const root = sheet(plan.width, plan.height);
    const parts = [drawInput(scene, plan, root), drawKernel(scene, plan, root), drawSum(scene, plan, root),
      drawOutput(scene, plan, root)];
    return { node: root, show: (at) => { const here = moment(scene, at); parts.forEach((show) => show(here, at)); } };
  },
};

function caseOf({ data, set }) { return data.cases[`${set.k},${set.stride},${set.padding}`]; }
function macs(scene) { return caseOf(scene).macs[scene.set.c_out - 1]; }

// Where tick `at` stands: filter f, position (y, x), m products done of this number, and the sum so far.
function moment(scene, at) {
  const { out, n, offset } = caseOf(scene), number = Math.max(0, Math.ceil(at / n) - 1), places = out * out;
  const f = Math.floor(number / places), pos = number % places, m = at - number * n;
  return { f, pos, y: Math.floor(pos / out), x: pos % out, m, number,
    sum: m ? scene.grids[offset + number * n + m - 1] : 0 };
}
function factors({ data, set }, here) {
  const k = set.k, i = here.m - 1, c = Math.floor(i / (k * k)), dy = Math.floor(i / k) % k, dx = i % k;
  const y = here.y * set.stride + dy - set.padding, x = here.x * set.stride + dx - set.padding;
  return { x: data.input[c][y]?.[x] ?? 0, w: data.kernels[k][here.f][c][dy][dx] };
}

// `way(f, out, x, under)` leads from the sum to below column x of filter f's grid, past grids that hold numbers.
function widePlan({ set }) {
  const alone = set.c_out === 1, sum = { x: 153, y: 350, w: 226 };
  return { width: WIDE, height: 388, box: BOX, planes: [0, 1, 2].map((c) => 10 + 178 * c),
    top: 44, kernelTop: 226, kernelBox: 92, sum,
    headings: [266, 668, 14],
    out: (f) => ({ x: alone ? 635 : 578 + 114 * (f % 2), y: 44 + 140 * Math.floor(f / 2) }), outBox: 100, wide: true,
    way: (f, x, under) => `M${sum.x + sum.w} ${sum.y + 16}${f + 2 < set.c_out ? `H685V${under}` : ""}H${x}` };
}
function narrowPlan({ set }) {
  const side = set.c_out < 4 ? 104 : 80, step = set.c_out < 4 ? 121 : 89, first = [123, 62, 2, 2][set.c_out - 1];
  const out = (f) => ({ x: first + f * step, y: 358 }), gap = (step - side) / 2, sum = { x: 62, y: 292, w: 226 };
  return { width: NARROW, height: 358 + side + 38, box: 110, planes: [0, 1, 2].map((c) => 1 + 119 * c),
    top: 42, kernelTop: 182, kernelBox: 94,
    sum, headings: [175, 175, 358 + side + 32], out, outBox: side, wide: false,
    way: (f, x, under) => `M175 ${sum.y + 32}V${sum.y + 42}H${out(f).x + (f ? -gap : side + gap)}V${under}H${x}` };
}
function middle(parent, x, y, content, kind) {
  const label = words(x, y, content, { "text-anchor": "middle", class: kind });
  parent.append(label);
  return label;
}

function drawInput({ data, set }, plan, root) {
  const { size, c_in: depth } = data, n = size + 2 * set.padding,
    side = Math.min(26, plan.box / n), span = n * side, cells = [], frames = [];
  middle(root, plan.headings[0], 14, `input H_in × W_in × C_in = ${size} × ${size} × ${depth}`, "mv-in-map");
  plan.planes.forEach((left, c) => {
    const x0 = left + (plan.box - span) / 2, y0 = plan.top;
    middle(root, left + plan.box / 2, plan.top - 8, `channel ${c + 1}`, "mv-muted");
    cells.push(Array.from({ length: n * n }, (_, i) => {
      const y = Math.floor(i / n) - set.padding, x = i % n - set.padding, value = data.input[c][y]?.[x];
      const box = cell(root, x0 + (i % n) * side, y0 + Math.floor(i / n) * side, side, value ?? (side < 16 ? "" : 0));
      return { show: box.show, base: value === undefined ? "pad" : "" };
    }));
    frames.push({ node: svg("rect", { class: "frame", width: set.k * side, height: set.k * side }), x0, y0 });
    root.append(frames[c].node);
  });
  return (here) => {
    const { k, stride } = set;
    cells.forEach((plane, c) => plane.forEach((box, i) => {
      const dy = Math.floor(i / n) - here.y * stride, dx = i % n - here.x * stride;
      const inside = dy >= 0 && dy < k && dx >= 0 && dx < k, order = c * k * k + dy * k + dx + 1;
      box.show(inside && order <= here.m ? "map" : box.base);
    }));
    for (const { node, x0, y0 } of frames) {
      node.setAttribute("x", x0 + here.x * stride * side);
      node.setAttribute("y", y0 + here.y * stride * side);
    }
  };
}

function drawKernel({ data, set }, plan, root) {
  const { k } = set, side = Math.min(24, plan.kernelBox / k), cells = [];
  const heads = plan.wide ? plan.planes.map((left) => left + plan.box / 2) : [plan.headings[0]];
  const labels = heads.map((x) => middle(root, x, plan.kernelTop - 8, "", "mv-in-standard"));
  plan.planes.forEach((left, c) => {
    const mid = left + plan.box / 2, x0 = mid - k * side / 2, bottom = plan.kernelTop + k * side;
    const into = plan.sum.x + plan.sum.w / 2 + (c - 1) * 50, y1 = plan.sum.y;
    root.append(svg("path", { class: "wire", "data-c": c,
      d: `M${mid} ${bottom + 3}V${Math.max(bottom + 6, y1 - 28)}L${into} ${y1 - 2}` }));
    for (let i = 0; i < k * k; i++) {
      cells.push(cell(root, x0 + (i % k) * side, plan.kernelTop + Math.floor(i / k) * side, side));
    }
  });
  return (here) => {
    const filter = `× filter ${here.f + 1}`;
    labels.forEach((label, c) => (label.textContent =
      plan.wide ? `${filter}, slice ${c + 1}` : `${filter} of ${set.c_out}, a slice per channel`));
    cells.forEach((box, i) => {
      const c = Math.floor(i / (k * k)), at = i % (k * k);
      box.show(i < here.m ? "standard" : "", data.kernels[k][here.f][c][Math.floor(at / k)][at % k]);
    });
  };
}

function drawSum(scene, plan, root) {
  const { x, y, w } = plan.sum,
    label = words(x + w / 2, y + 21, "", { "text-anchor": "middle", "font-size": 14, "font-weight": 600 });
  const box = svg("rect", { x, y, width: w, height: 32, rx: 4, class: "frame",
    style: "stroke:var(--mv-standard-ink);stroke-width:1.5" });
  root.append(box, label);
  const { n } = caseOf(scene), wires = [...root.querySelectorAll(".wire")], slice = scene.set.k ** 2;
  let before = -1;
  return (here) => {
    const flows = here.m === n && here.number === before + 1 && !still(), many = here.m || n;
    before = here.m === n ? here.number : before;
    label.textContent = `sum of ${many} product${many > 1 ? "s" : ""}${here.m ? ` = ${signed(here.sum)}` : ""}`;
    wires.forEach((wire, c) => {
      wire.style.stroke = here.m > c * slice ? "var(--mv-standard-ink)" : "";
      wire.style.strokeWidth = here.m > c * slice ? 2 : "";
      // The products of a slice run down into the sum.
      if (flows) wire.animate([{ strokeDasharray: "3 9", strokeDashoffset: 48 },
        { strokeDasharray: "3 9", strokeDashoffset: 0 }], 380);
    });
  };
}

function drawOutput(scene, plan, root) {
  const { out, n, sums } = caseOf(scene), filters = scene.set.c_out, side = Math.min(32, plan.outBox / out), cells = [];
  const longest = Math.max(...sums.flat().map((sum) => String(sum).length)),
    roomy = side >= 24 && side >= 8 * longest + 4;
  const left = (f) => plan.out(f).x + (plan.outBox - out * side) / 2, [, x0, y0] = plan.headings;
  middle(root, x0, y0, `output H_out × W_out × C_out = ${out} × ${out} × ${filters}`, "mv-in-map");
  const labels = Array.from({ length: filters }, (_, f) => {
    const { x, y } = plan.out(f);
    cells.push(...Array.from({ length: out * out }, (_, i) =>
      cell(root, left(f) + (i % out) * side, y + Math.floor(i / out) * side, side)));
    return middle(root, x + plan.outBox / 2, y - 8, `filter ${f + 1}`);
  });
  const current = svg("rect", { class: "frame", width: side, height: side }),
    arrow = svg("path", { class: "arrow" }), tip = svg("path", { class: "tip" });
  root.append(current, arrow, tip);
  return (here) => {
    cells.forEach((box, i) => {
      const done = i < here.number || (i === here.number && here.m === n);
      box.show(done ? "map" : "", done && roomy ? sums[Math.floor(i / (out * out))][i % (out * out)] : "");
    });
    labels.forEach((label, f) => label.setAttribute("class", f === here.f ? "mv-in-standard mv-now" : "mv-muted"));
    const { y } = plan.out(here.f), x = left(here.f) + here.x * side, top = y + here.y * side;
    current.setAttribute("x", x);
    current.setAttribute("y", top);
    // Rows below the current cell are still empty, so the arrow comes from there and ends at the cell.
    arrow.setAttribute("d", `${plan.way(here.f, x + side / 2, y + out * side + 10)}V${top + side + 5}`);
    tip.setAttribute("d", `M${x + side / 2} ${top + side}l4.5 8h-9z`);
  };
}

export default stage(odometer);
