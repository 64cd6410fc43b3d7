// The swish magnifier. Tick 0 shows the curves alone, tick i stands at the i-th x.

const magnifier = {
  name: "magnifier",
  keys: "Right and Left step along x by a quarter, Home shows the curves alone, End goes to the right end, Space plays.",
  last: ({ data }) => data.points.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "a quarter, slowly", ticks: 1, ms: 700 }, { label: "a quarter", ticks: 1, ms: 220 },
    { label: "all at once", ticks: magnifier.last(scene), ms: 0 }],
  title: ({ data }) => data.title,
  counters({ data }, at) {
    if (!at) return [{ name: "apart", value: data.most, unit: "at most between the two" }];
    const { x, swish, h, apart } = data.points[at - 1];
    return [{ name: "apart", value: digits(apart), unit: `apart at x = ${signed(x)}` },
      { name: "swish", value: digits(swish), unit: "swish", small: true },
      { name: "h", value: digits(h), unit: "h-swish", small: true }];
  },
  formula: ({ data }, at) => (at ? data.points[at - 1].words : "h-swish = x × ReLU6(x + 3) / 6"),
  caption({ data }, at) {
    if (!at) return "swish = x × sigmoid(x) needs an exponential for each number; h-swish needs an addition, a cut and two products.";
    const { x } = data.points[at - 1];
    if (x <= -3) return "At −3 and below h-swish is 0 exactly; swish still dips a little.";
    if (x >= 3) return "At 3 and above h-swish is x exactly; swish is still a little below.";
    return "Between −3 and 3 h-swish is a parabola.";
  },
  draw(scene) {
    const { wide, data: { curves, times } } = scene;
    const plan = wide ? { width: WIDE, middle: 420, unit: 60, top: 196, up: 28, low: 322, down: 22, height: 396 }
      : { width: NARROW, middle: 190, unit: 25, top: 196, up: 28, low: 330, down: 22, height: 404 };
    const root = sheet(plan.width, plan.height), across = (x) => plan.middle + plan.unit * x;
    const upper = (y) => plan.top - plan.up * y, lower = (y) => plan.low - plan.down * y;
    axis(root, plan, across, upper, [0, 2, 4, 6]);
    axis(root, plan, across, lower, [-2, 0, 2], times);
    [-6, -3, 0, 3, 6].forEach((x) => root.append(words(across(x), plan.height - 6, x ? signed(x) : "x = 0",
      { "text-anchor": "middle", "font-size": 12, class: "mv-muted" })));
    const curve = (ys, place, style) => root.append(svg("path", { style: `fill:none;stroke-width:2;${style}`,
      d: `M${curves.x.map((x, i) => `${across(x).toFixed(1)} ${place(ys[i]).toFixed(1)}`).join("L")}` }));
    curve(curves.swish, upper, "stroke:var(--mv-text);stroke-dasharray:6 4");
    curve(curves.h, upper, "stroke:var(--mv-map-ink)");
    curve(curves.apart, lower, "stroke:var(--mv-other-ink)");
    const left = across(-6);
    root.append(words(left + 4, 22, "h-swish", { class: "mv-in-map", "font-weight": 600 }),
      words(left + 64, 22, "and swish, dashed"),
      words(across(0), lower(2) - 12, wide ? `h-swish minus swish, on a scale ${times} times as large` : `difference, ${times} times`,
        { class: "mv-in-other mv-halo", "text-anchor": "middle" }));
    const rule = svg("path", { class: "arrow", style: "stroke-dasharray:3 3" });
    const dots = ["--mv-text", "--mv-map-ink", "--mv-other-ink"].map((ink) => svg("circle", { r: 5, style: `fill:var(${ink});stroke:var(--mv-paper)` }));
    root.prepend(rule);
    root.append(...dots);
    return { node: root, show(at) {
      [rule, ...dots].forEach((one) => (one.style.visibility = at ? "" : "hidden"));
      if (!at) return;
      const { x, swish, h, large } = scene.data.points[at - 1];
      rule.setAttribute("d", `M${across(x)} 30V${plan.height - 22}`);
      [upper(swish), upper(h), lower(large)].forEach((y, i) => {
        dots[i].setAttribute("cx", across(x));
        dots[i].setAttribute("cy", y);
      });
    } };
  },
};

function digits(value) { return signed((Object.is(Math.round(value * 1e4), -0) ? 0 : value).toFixed(4)); }
function axis(root, plan, across, place, ticks, times = 1) {
  root.append(svg("path", { class: "wire", d: `M${across(-6)} ${place(0)}H${across(6)}` }));
  ticks.forEach((y) => root.append(words(across(-6) - 8, place(y) + 4, signed(y / times),
    { "text-anchor": "end", "font-size": 12, class: "mv-muted" })));
}

export default stage(magnifier);
