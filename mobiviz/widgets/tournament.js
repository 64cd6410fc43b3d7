// The tournament. Tick 0 shows the cloud, tick i the networks known after generation i; the last inks the front in.

const tournament = {
  name: "tournament",
  keys: "Right and Left go a generation on and back, Home shows the cloud, End the winner, Space plays.",
  last: (scene) => skinOf(scene).generations.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "a generation, slowly", ticks: 1, ms: 900 }, { label: "a generation", ticks: 1, ms: 320 },
    { label: "all at once", ticks: tournament.last(scene), ms: 0 }],
  stays: true,
  title: ({ data }) => data.title,
  counters(scene, at) {
    const skin = skinOf(scene), now = at ? skin.counts[at - 1] : { asked: 0, front: 0 };
    return [{ name: "asked", value: now.asked, unit: `of ${scene.data.names.length} networks asked for` },
      { name: "front", value: now.front, unit: "on the front so far", small: true },
      { name: "generation", value: at, unit: "generations", small: true }];
  },
  formula: (scene, at) => (at >= tournament.last(scene) ? `winner on ${skinOf(scene).label}: ${skinOf(scene).won}` : "worth = accuracy × (ms / T)^w"),
  caption(scene, at) {
    const skin = skinOf(scene), { names, accuracy } = scene.data;
    if (!at) return `Each ring is a network: fast to the left, accurate above. ${skin.note}`;
    const best = skin.fronts[at - 1][skin.fronts[at - 1].length - 1];
    return `Most accurate so far: ${names[best]}, ${accuracy[best]} in ${skin.shown[best]}. ${at >= tournament.last(scene) ? skin.note : ""}`;
  },
  draw(scene) {
    const { wide, data } = scene, skin = skinOf(scene), last = tournament.last(scene);
    const plan = wide ? { width: WIDE, height: 436, box: [70, 780, 32, 352], legend: [[70, 420], [216, 420], [340, 420], [494, 420]] }
      : { width: NARROW, height: 428, box: [52, 340, 32, 324], legend: [[20, 392], [176, 392], [20, 416], [176, 416]] };
    const root = sheet(plan.width, plan.height), [x0, x1, y0, y1] = plan.box;
    const place = (i) => [x0 + (x1 - x0) * skin.across[i], y1 - (y1 - y0) * data.up[i]];
    root.append(svg("path", { class: "wire", d: `M${x0} ${y0}V${y1}H${x1}` }),
      ...[[0, y1], [1, y0]].map(([i, y]) => words(x0 - 6, y + 4, data.ends[i], { "text-anchor": "end", "font-size": 12, class: "mv-muted" })),
      ...[[0, x0, "start"], [1, x1, "end"]].map(([i, x, anchor]) => words(x, y1 + 20, skin.ends[i], { "text-anchor": anchor, "font-size": 12, class: "mv-muted" })),
      words((x0 + x1) / 2, y1 + 40, wide ? `ms on ${skin.label}, in steps of the same factor; upwards: top-1` : "ms; upwards: top-1", { "text-anchor": "middle", "font-size": 12, class: "mv-muted" }));
    const legend = plan.legend.map(([x, y], i) => words(x + 13, y, ["not asked for", "asked for", "", "front so far"][i], { "font-size": 12, class: "mv-muted" }));
    plan.legend.forEach(([x, y], i) => root.append(legend[i],
      i < 3 ? svg("circle", { cx: x, cy: y - 4, r: i === 2 ? 5.5 : 4, style: LOOK[i] }) : svg("path", { d: `M${x - 8} ${y - 4}h16`, style: INK })));
    const dots = data.names.map((_, i) => svg("circle", { cx: place(i)[0], cy: place(i)[1] }));
    const line = svg("path", { style: INK }), [wx, wy] = place(skin.winner), right = wx > (x0 + x1) / 2;
    const name = words(wx + (right ? -4 : 4), wy - 13, data.names[skin.winner], { "text-anchor": right ? "end" : "start", "font-weight": 600, class: "mv-halo" });
    const born = new Map(skin.generations.flatMap((each, g) => each.map((i) => [i, g + 1])));
    root.append(...dots, line, name);
    let before = 0;
    return { node: root, show(at) {
      const ended = at >= last;
      legend[2].textContent = ended ? "the winner" : wide ? "in this generation" : "this generation";
      dots.forEach((dot, i) => {
        const when = born.get(i), known = when && when <= at, fresh = !ended && known && when === at, won = ended && i === skin.winner;
        dot.setAttribute("r", won ? 7 : fresh ? 5.5 : 4);
        dot.setAttribute("style", LOOK[won || fresh ? 2 : known ? 1 : 0]);
        dot.getAnimations().forEach((hop) => hop.cancel());
        if (won || fresh) root.append(dot); // above its neighbours
        if (fresh && at === before + 1 && !still()) dot.animate([{ transform: "translateY(-14px)" }, { transform: "none" }], { duration: 240, easing: "ease-in" });
      });
      line.setAttribute("d", at ? `M${skin.fronts[at - 1].map((i) => place(i).map((v) => v.toFixed(1)).join(" ")).join("L")}` : "");
      name.style.display = ended ? "" : "none";
      root.append(name);
      before = at;
    } };
  },
};

// Not asked for, asked for, in this generation or the winner; and the ink of the front.
const LOOK = ["fill:none;stroke:var(--mv-muted)", "fill:var(--mv-map);stroke:var(--mv-map-ink);stroke-width:1.5",
  "fill:var(--mv-yours);stroke:var(--mv-yours-ink);stroke-width:1.5"];
const INK = "fill:none;stroke:var(--mv-text);stroke-width:2";
function skinOf({ data, set }) { return data.skins[set.skin]; }

export default stage(tournament);
