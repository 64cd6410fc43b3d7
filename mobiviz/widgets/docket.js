// The docket. Tick 0 shows all stamps face down, tick i turns card i over.

const docket = {
  name: "docket",
  keys: "Right and Left turn the cards, Home hides them, End turns all over, Space plays.",
  last: ({ data }) => data.cards.length,
  stride: () => 1,
  speeds: (scene) => [{ label: "a card, slowly", ticks: 1, ms: 2500 }, { label: "a card", ticks: 1, ms: 900 },
    { label: "all at once", ticks: docket.last(scene), ms: 0 }],
  title: ({ data }) => data.title,
  counters({ data }, at) {
    const { right, guessed } = data.cards[at - 1] ?? { right: 0, guessed: 0 };
    return [{ name: "judged", value: at, unit: `of ${data.cards.length} claims judged` },
      { name: "right", value: right, unit: `of your ${guessed} predictions came true`, small: true }];
  },
  formula({ data }, at) {
    const card = data.cards[at - 1];
    return card ? card.computed.map(([name, value]) => `${name}: ${value}`).join("; ") : "each verdict follows from numbers computed above";
  },
  caption({ data }, at) {
    const card = data.cards[at - 1];
    if (!card) return "Press Right to turn the first card over.";
    return `${card.sign} ${card.verdict}: ${card.why}.${card.yours ? ` You said ${card.yours}.` : ""} Source: ${card.source}.`;
  },
  draw(scene) {
    const { wide, data } = scene, width = wide ? WIDE : NARROW, columns = wide ? 6 : 3;
    const side = (width - 20) / columns, rows = Math.ceil(data.cards.length / columns), top = wide ? 92 : 150;
    const root = sheet(width, top + rows * 58 + 8);
    const quote = svg("g");
    root.append(quote);
    const cards = data.cards.map((card, i) => {
      const x = 10 + side * (i % columns), y = top + 58 * Math.floor(i / columns);
      const box = svg("rect", { x: x + 3, y, width: side - 6, height: 50, rx: 6 });
      const name = words(x + side / 2, y + 30, "", { "text-anchor": "middle", "font-size": 12.5, "font-weight": 600 });
      root.append(svg("g", {}, box, name));
      return { box, name, card };
    });
    return { node: root, show(at) {
      cards.forEach(({ box, name, card }, i) => {
        const open = i < at, now = i === at - 1;
        const { paper, ink, dashes } = card.stamp;
        box.setAttribute("style", open
          ? `fill:var(--mv-${paper});stroke:var(--mv-${now ? "yours-ink" : "text"});stroke-width:${now ? 4 : 1.5};stroke-dasharray:${now ? "none" : dashes || "none"}`
          : "fill:var(--mv-paper);stroke:var(--mv-line)");
        name.textContent = open ? `${card.sign} ${card.verdict}` : `${i + 1}`;
        name.setAttribute("style", `fill:var(--mv-${open ? ink : "muted"})`);
      });
      const said = at ? data.cards[at - 1].quote : "Claims on trial. What is your verdict?";
      quote.replaceChildren(...folded(said, wide ? 80 : 36).map((line, i) => words(12, 26 + 22 * i, line, { "font-size": 15, "font-weight": 600 })));
    } };
  },
};

function folded(line, room) {
  return line.split(" ").reduce((lines, word) => {
    const last = lines[lines.length - 1];
    if ((last + " " + word).trim().length <= room) lines[lines.length - 1] = (last + " " + word).trim();
    else lines.push(word);
    return lines;
  }, [""]);
}

export default stage(docket);
