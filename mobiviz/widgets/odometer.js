// The odometer. A tick is one MAC; one output number takes `n` of them, filter after filter, row by row.

const BOX = 156;

const odometer = {
  name: "odometer",
  keys: "Right and Left step one position, with Shift one MAC; End finishes, Home starts again, Space plays.",
  last: (scene) => macs(scene),
  stride: (scene) => caseOf(scene).n,
  speeds: (scene) => [{ label: "one MAC", ticks: 1, ms: 90 }, { label: "one position", ticks: caseOf(scene).n, ms: 420 },
    { label: "all at once", ticks: macs(scene), ms: 0 }],
  title: (scene) => caseOf(scene).titles[scene.set.c_out - 1],
  counters: (scene, at) => [{ name: "macs", value: grouped(at), unit: `of ${grouped(macs(scene))} MACs` },
    { name: "params", value: grouped(caseOf(scene).params[scene.set.c_out - 1]), unit: "weights", small: true }],
  formula(scene, at) {
    const one = caseOf(scene);
    return `MACs = ${one.symbols}${at >= macs(scene) ? ` = ${one.formulas[scene.set.c_out - 1]}` : ""}`;
  },
  caption(scene, at) {
    const one = caseOf(scene), here = moment(scene, at), places = one.out * one.out;
    if (!at) return `The kernel has not moved yet: ${one.n} products make the first output number.`;
    const where = `Filter ${here.f + 1} of ${scene.set.c_out}, position ${here.pos + 1} of ${places}`;
    if (here.m === one.n) return `${where}: ${one.n} products, sum ${signed(here.sum)}.`;
    const { x, w } = factors(scene, here);
    return `${where}: product ${here.m} of ${one.n} is ${x} × ${signed(w)}; the sum so far is ${signed(here.sum)}.`;
  },
  draw(scene) {
    const plan = scene.wide ? widePlan() : narrowPlan(scene);
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
  return { f, pos, y: Math.floor(pos / out), x: pos % out, m, number, sum: m ? scene.grids[offset + number * n + m - 1] : 0 };
}
function factors({ data, set }, here) {
  const k = set.k, i = here.m - 1, c = Math.floor(i / (k * k)), dy = Math.floor(i / k) % k, dx = i % k;
  const y = here.y * set.stride + dy - set.padding, x = here.x * set.stride + dx - set.padding;
  return { x: data.input[c][y]?.[x] ?? 0, w: data.kernels[k][here.f][c][dy][dx] };
}

function widePlan() {
  const at = [0, 1, 2].map((c) => 10 + 178 * c);
  return { width: WIDE, height: 388, box: BOX, planes: at, top: 30, kernelTop: 214, kernelBox: 92, sum: { x: 186, y: 346, w: 160 },
    out: (f) => ({ x: 578 + 114 * (f % 2), y: 30 + 138 * Math.floor(f / 2) }), outBox: 100, outLabel: [685, 18], wide: true };
}
function narrowPlan(scene) {
  const at = [0, 1, 2].map((c) => 1 + 119 * c), few = scene.set.c_out < 3, side = few ? 104 : 80;
  return { width: NARROW, height: few ? 466 : 442, box: 110, planes: at, top: 24, kernelTop: 164, kernelBox: 94, sum: { x: 95, y: 280, w: 160 },
    out: (f) => ({ x: (few ? 62 : 2) + f * (side + 9) + (few ? 4 * f : 0), y: 338 }), outBox: side, outLabel: [2, 330], wide: false };
}
function middle(parent, x, y, content, kind) { parent.append(words(x, y, content, { "text-anchor": "middle", class: kind })); }

function drawInput({ data, set }, plan, root) {
  const n = data.size + 2 * set.padding, side = Math.min(26, plan.box / n), span = n * side, cells = [], frames = [];
  plan.planes.forEach((left, c) => {
    const x0 = left + (plan.box - span) / 2, y0 = plan.top + (plan.box - span) / 2;
    middle(root, left + plan.box / 2, plan.top - 10, plan.wide ? `input channel ${c + 1}` : `input ${c + 1}`, "mv-in-map");
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
  plan.planes.forEach((left, c) => {
    const mid = left + plan.box / 2, x0 = mid - k * side / 2, bottom = plan.kernelTop + k * side;
    middle(root, mid, plan.kernelTop - 8, plan.wide ? "× kernel slice" : "× kernel", "mv-in-standard");
    const into = plan.sum.x + plan.sum.w / 2 + (c - 1) * 30, y1 = plan.sum.y;
    root.append(svg("path", { class: "wire", "data-c": c, d: `M${mid} ${bottom + 3}V${Math.max(bottom + 6, y1 - 28)}L${into} ${y1 - 2}` }));
    for (let i = 0; i < k * k; i++) {
      cells.push(cell(root, x0 + (i % k) * side, plan.kernelTop + Math.floor(i / k) * side, side));
    }
  });
  return (here) => cells.forEach((box, i) => {
    const c = Math.floor(i / (k * k)), at = i % (k * k);
    box.show(i < here.m ? "standard" : "", data.kernels[k][here.f][c][Math.floor(at / k)][at % k]);
  });
}

function drawSum(scene, plan, root) {
  const { x, y, w } = plan.sum, label = words(x + w / 2, y + 21, "", { "text-anchor": "middle", "font-size": 14, "font-weight": 600 });
  const box = svg("rect", { x, y, width: w, height: 32, rx: 4, class: "frame", style: "stroke-width:1.5" });
  root.append(box, label);
  const { n } = caseOf(scene), wires = [...root.querySelectorAll(".wire")], slice = scene.set.k ** 2;
  let before = -1;
  return (here) => {
    const flows = here.m === n && here.number === before + 1 && !still();
    before = here.m === n ? here.number : before;
    label.textContent = here.m ? `sum of ${here.m} = ${signed(here.sum)}` : `sum of ${n} products`;
    wires.forEach((wire, c) => {
      wire.style.stroke = here.m > c * slice ? "var(--mv-standard-ink)" : "";
      wire.style.strokeWidth = here.m > c * slice ? 2 : "";
      // The products of a slice run down into the sum.
      if (flows) wire.animate([{ strokeDasharray: "3 9", strokeDashoffset: 48 }, { strokeDasharray: "3 9", strokeDashoffset: 0 }], 380);
    });
  };
}

function drawOutput(scene, plan, root) {
  const { out, n, sums } = caseOf(scene), filters = scene.set.c_out, side = Math.min(26, plan.outBox / out), cells = [];
  const anchor = plan.wide ? "middle" : "start", arrow = svg("path", { class: "wire", style: "stroke:var(--mv-map-ink);stroke-width:1.5" });
  root.append(words(...plan.outLabel, `output ${out} × ${out} × ${filters}`, { "text-anchor": anchor, class: "mv-in-map" }), arrow);
  for (let f = 0; f < filters; f++) {
    const { x, y } = plan.out(f), x0 = x + (plan.outBox - out * side) / 2;
    cells.push(...Array.from({ length: out * out }, (_, i) => cell(root, x0 + (i % out) * side, y + Math.floor(i / out) * side, side)));
    middle(root, x + plan.outBox / 2, y + out * side + 16, `filter ${f + 1}`, "mv-muted");
  }
  const current = svg("rect", { class: "frame", width: side, height: side });
  root.append(current);
  return (here, at) => {
    cells.forEach((box, i) => {
      const done = i < here.number || (i === here.number && here.m === n);
      box.show(done ? "map" : "", done && side >= 24 ? sums[Math.floor(i / (out * out))][i % (out * out)] : "");
    });
    const { x, y } = plan.out(here.f), left = x + (plan.outBox - out * side) / 2, px = left + here.x * side;
    current.setAttribute("x", px);
    current.setAttribute("y", y + here.y * side);
    current.style.visibility = at ? "" : "hidden";
    const { x: sx, y: sy, w } = plan.sum, mid = x + plan.outBox / 2;
    const turn = here.f % 2 ? 1 : -1, edge = turn > 0 ? left - 2 : left + out * side + 2, row = y + (here.y + 0.5) * side;
    arrow.setAttribute("d", plan.wide ? `M${sx + w} ${sy + 16}H685V${row}H${edge}m${-5 * turn} -4l${5 * turn} 4l${-5 * turn} 4` : `M${sx + w / 2} ${sy + 32}V${sy + 42}H${mid}V${y - 3}m-4 -6l4 6l4 -6`);
  };
}

export default stage(odometer);
