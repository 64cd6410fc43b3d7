// Two clocks. Tick 0 shows every line, tick i the i-th network of the left column alone.

const clocks = {
  name: "clocks",
  keys: "Right and Left walk along the networks, Home shows all, Space plays; choose the two clocks below.",
  last: (scene) => pairOf(scene).rows.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "one network, slowly", ticks: 1, ms: 1500 }, { label: "one network", ticks: 1, ms: 700 },
    { label: "all at once", ticks: clocks.last(scene), ms: 0 }],
  title: (scene) => pairOf(scene).title,
  counters(scene, at) {
    const pair = pairOf(scene), row = pair.rows[at - 1];
    const count = [{ name: "swapped", value: pair.swapped, unit: `of ${pair.total} pairs change places` }];
    if (pair.open) count.push({ name: "open", value: pair.open, unit: "pairs cannot be told", small: true });
    if (row) count.push({ name: "rank", value: `${row.left_at + 1} → ${row.right_at + 1}`, unit: `rank of ${row.name}`, small: true });
    return count;
  },
  formula: (scene) => pairOf(scene).rho,
  caption(scene, at) {
    const row = pairOf(scene).rows[at - 1];
    return row ? `${row.name}: ${row.said}.` : "Fastest above. A heavy line leads to another rank.";
  },
  draw(scene) {
    const pair = pairOf(scene), { wide, data, set } = scene;
    const plan = wide ? { width: WIDE, left: 290, right: 510, row: 34, top: 34, type: 13 }
      : { width: NARROW, left: 142, right: 204, row: 32, top: 44, type: 12.5 };
    const root = sheet(plan.width, plan.top + plan.row * pair.rows.length + 8);
    [[data.heads[set.left], plan.left, "end"], [data.heads[rightOf(scene)], plan.right, "start"]].forEach(([head, x, anchor]) => {
      const mark = head.yours ? "mv-in-yours" : "";
      const style = { "text-anchor": anchor, "font-weight": 600, class: mark, "font-size": plan.type + 1 };
      root.append(words(x, 14, wide ? `${head.label}, ${head.unit}` : head.label, style));
      if (!wide) root.append(words(x, 31, head.unit, { "text-anchor": anchor, class: "mv-muted", "font-size": 12 }));
    });
    const drawn = pair.rows.map((row) => {
      const y0 = plan.top + plan.row * (row.left_at + 0.5), y1 = plan.top + plan.row * (row.right_at + 0.5);
      const line = svg("path", { class: "wire", d: `M${plan.left + 10} ${y0}L${plan.right - 10} ${y1}` });
      const type = { "font-size": plan.type };
      const end = { ...type, "text-anchor": "end" }, aside = wide ? 52 : 38;
      const texts = [words(plan.left, y0 + 4, row.left, end), words(plan.left - aside, y0 + 4, row.name, end),
        words(plan.right, y1 + 4, row.right, type), words(plan.right + aside, y1 + 4, row.name, type)];
      root.append(line, ...texts);
      return { row, line, texts };
    });
    return { node: root, show(at) {
      drawn.forEach(({ row, line, texts }, i) => {
        const lit = at ? at === i + 1 : row.moved;
        line.style.stroke = lit ? "var(--mv-text)" : "";
        line.style.strokeWidth = lit ? 2.5 : 1.2;
        for (const node of texts) node.style.fontWeight = lit ? 600 : "";
      });
    } };
  },
};

// A clock beside itself shows nothing: then the right one is another.
function rightOf({ set }) { return set.right === set.left ? (set.left ? 0 : 1) : set.right; }
function pairOf(scene) { return scene.data.pairs[`${scene.set.left},${rightOf(scene)}`]; }

export default stage(clocks);
