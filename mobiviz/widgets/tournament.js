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
    if (!at) return `Each dot is a network: fast to the left, accurate above. ${skin.note}`;
    const best = skin.fronts[at - 1][skin.fronts[at - 1].length - 1];
    return `Most accurate so far: ${names[best]}, ${accuracy[best]} in ${skin.shown[best]}. ${at >= tournament.last(scene) ? skin.note : ""}`;
  },
  draw(scene) {
    const { wide, data } = scene, skin = skinOf(scene);
    const plan = wide ? { width: WIDE, height: 400, box: [70, 780, 16, 344] } : { width: NARROW, height: 380, box: [52, 340, 16, 324] };
    const root = sheet(plan.width, plan.height), [x0, x1, y0, y1] = plan.box;
    const place = (i) => [x0 + (x1 - x0) * skin.across[i], y1 - (y1 - y0) * data.up[i]];
    root.append(svg("path", { class: "wire", d: `M${x0} ${y0}V${y1}H${x1}` }),
      ...[[0, y1], [1, y0]].map(([i, y]) => words(x0 - 6, y + 4, data.ends[i], { "text-anchor": "end", "font-size": 12, class: "mv-muted" })),
      ...[[0, x0, "start"], [1, x1, "end"]].map(([i, x, anchor]) => words(x, y1 + 20, skin.ends[i], { "text-anchor": anchor, "font-size": 12, class: "mv-muted" })),
      words((x0 + x1) / 2, y1 + 42, wide ? `ms on ${skin.label}; upwards: top-1` : "ms; upwards: top-1", { "text-anchor": "middle", "font-size": 12, class: "mv-muted" }));
    const dots = data.names.map((_, i) => svg("circle", { cx: place(i)[0], cy: place(i)[1], r: 4 }));
    const line = svg("path", { style: "fill:none;stroke:var(--mv-text);stroke-width:2" });
    const born = new Map(skin.generations.flatMap((each, g) => each.map((i) => [i, g + 1])));
    root.append(...dots, line);
    return { node: root, show(at) {
      dots.forEach((dot, i) => {
        const when = born.get(i), known = when && when <= at, fresh = known && when === at, won = at >= tournament.last(scene) && i === skin.winner;
        dot.setAttribute("r", won ? 7 : fresh ? 5.5 : 4);
        dot.setAttribute("style", won || fresh ? "fill:var(--mv-yours);stroke:var(--mv-yours-ink);stroke-width:1.5"
          : known ? "fill:var(--mv-map);stroke:var(--mv-map-ink);stroke-width:1.5" : "fill:none;stroke:var(--mv-line)");
      });
      line.setAttribute("d", at ? `M${skin.fronts[at - 1].map((i) => place(i).map((v) => v.toFixed(1)).join(" ")).join("L")}` : "");
    } };
  },
};

function skinOf({ data, set }) { return data.skins[set.skin]; }

export default stage(tournament);
