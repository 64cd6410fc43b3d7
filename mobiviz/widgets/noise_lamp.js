// The noise lamp. A tick is one run; its dot falls onto the pile of runs that took about as long.

const noiseLamp = {
  name: "noise",
  keys: "Right and Left step one run, with Shift ten; End finishes, Home starts again, Space plays.",
  last: (scene) => traceOf(scene).count,
  stride: () => 1,
  speeds: () => [{ label: "one run, slowly", ticks: 1, ms: 400 }, { label: "one run", ticks: 1, ms: 40 },
    { label: "ten runs", ticks: 10, ms: 400 }, { label: "all at once", ticks: MANY, ms: 0 }],
  title(scene, at) {
    const one = traceOf(scene);
    return at < one.count ? "The same work, again and again: does it always take as long?" : one.title;
  },
  counters(scene, at) {
    const one = traceOf(scene), said = (key) => (at ? one.said[key][at - 1] : "–");
    return [{ name: "runs", value: grouped(at), unit: `of ${grouped(one.count)} runs` },
      ...scene.data.marks.slice(0, scene.data.tall).map(([key]) =>
        ({ name: key, value: said(key), unit: `ms, ${key}`, small: true }))];
  },
  formula: (scene, at) => `slowest ÷ fastest${at ? ` = ${traceOf(scene).factor[at - 1]}` : ", of the runs so far"}`,
  caption(scene, at) {
    const one = traceOf(scene);
    if (at) return `Run ${at} took ${one.runs[at - 1]} ms. ${one.why[at - 1]}`;
    return one.first ? `The very first call took ${one.first} ms. It is not among the runs.` : "No run yet.";
  },
  draw(scene) {
    const { wide, data } = scene, one = traceOf(scene);
    const plan = wide ? { width: WIDE, left: 24, right: 776 } : { width: NARROW, left: 12, right: 338 };
    Object.assign(plan, { top: 126, base: 126 + data.height });
    const root = sheet(plan.width, plan.base + 46);
    const dots = drawDots(one, plan, data, root);
    drawAxis(one, plan, wide, root);
    const shows = [dots, drawMarks(one, plan, data, root), drawLamp(one, data, root)];
    return { node: root, show: (at) => shows.forEach((show) => show(at)) };
  },
  press(scene, event, show) {
    const way = event.shiftKey && { ArrowRight: 10, ArrowLeft: -10 }[event.key];
    if (!way) return false;
    const to = (way > 0 ? Math.floor(show.at / 10) : Math.ceil(show.at / 10)) * 10 + way;
    show.pause();
    show.go(Math.min(Math.max(to, 0), traceOf(scene).count));
    show.say();
    return true;
  },
};

const MANY = 1e6;
function traceOf({ data, set }) { return data.traces[set.trace]; }

// As many columns of dots to a bin as make the highest pile fit.
function drawDots(one, { left, right, base }, { bins, height, dot }, root) {
  const wide = (right - left) / bins, piles = Array(bins).fill(0);
  one.bins.forEach((at) => piles[at]++);
  let columns = 1;
  while (Math.ceil(Math.max(...piles) / columns) * Math.min(wide / columns, dot) > height) columns++;
  const side = Math.min(wide / columns, dot), style = `fill:var(--mv-${one.idea});stroke:var(--mv-${one.idea}-ink)`;
  piles.fill(0);
  const dots = one.bins.map((at) => {
    const row = Math.floor(piles[at] / columns), column = piles[at]++ % columns;
    return svg("circle", { cx: left + wide * (at + 0.5) + side * (column + 0.5 - columns / 2),
      cy: base - side * (row + 0.5), r: side / 2 - 0.5, "stroke-width": 1, style, visibility: "hidden" });
  });
  const latest = svg("circle", { class: "frame", r: side / 2 + 2 });
  root.append(...dots, latest);
  let before = 0;
  return (at) => {
    for (let i = Math.min(at, before); i < Math.max(at, before); i++)
      dots[i].setAttribute("visibility", i < at ? "visible" : "hidden");
    latest.style.visibility = at && at < one.count ? "visible" : "hidden";
    if (at) for (const key of ["cx", "cy"]) latest.setAttribute(key, dots[at - 1].getAttribute(key));
    if (at === before + 1 && !still()) {
      const fall = [{ transform: `translateY(${-dots[at - 1].cy.baseVal.value}px)` }, { transform: "none" }];
      dots[at - 1].animate(fall, { duration: 260, easing: "ease-in" });
    }
    before = at;
  };
}

function drawAxis(one, { left, right, base, width }, wide, root) {
  root.append(svg("path", { class: "wire", d: `M${left} ${base + 0.5}H${right}` }));
  for (const [share, label] of one.ticks) {
    const x = left + (right - left) * share;
    root.append(svg("path", { class: "wire", d: `M${x} ${base}v6` }),
      words(x, base + 20, label, { "text-anchor": "middle", "font-size": 12, class: "mv-muted" }));
  }
  const axis = wide ? "ms a run, one dot each; equal steps along the axis are equal factors"
    : "ms a run, one dot each; equal steps, equal factors";
  root.append(words(width / 2, base + 40, axis, { "text-anchor": "middle", "font-size": 12, class: "mv-muted" }));
}

// The leftmost line has the highest label, so that no line runs through another's words.
function drawMarks(one, { left, right, base }, { marks, tall }, root) {
  const shows = marks.map(([key, dashes], i) => {
    const y = i < tall ? 72 + 20 * i : base - 30;
    const line = svg("path", { class: "arrow", "stroke-dasharray": dashes, style: "stroke-width:2" });
    const label = words(0, y, "", { class: "mv-halo" });
    root.append(line, label);
    return (at) => {
      for (const node of [line, label]) node.style.visibility = at ? "" : "hidden";
      if (!at) return;
      const x = left + (right - left) * one.share[key][at - 1], content = `${key} ${one.said[key][at - 1]} ms`;
      const fits = x + 8 + 7.4 * content.length < right;
      line.setAttribute("d", `M${x} ${y - 10}V${base}`);
      label.textContent = content;
      label.setAttribute("x", fits ? x + 6 : x - 6);
      label.setAttribute("text-anchor", fits ? "start" : "end");
    };
  });
  return (at) => shows.forEach((show) => show(at));
}

function drawLamp(one, { lamps }, root) {
  const looks = lamps.map(({ word, shape, line, dashes, lit }) => {
    const full = "var(--mv-text)", empty = "var(--mv-paper)";
    const look = svg("g", { transform: "translate(27 27)", "data-lamp": word },
      svg("path", { d: shape, "stroke-dasharray": dashes,
        style: `fill:${lit ? full : empty};stroke:${full};stroke-width:2` }),
      svg("path", { d: line, style: `fill:none;stroke:${lit ? empty : full};stroke-width:2` }));
    root.append(look);
    return look;
  });
  const word = words(60, 34, "", { "font-size": 20, "font-weight": 600 });
  root.append(word);
  return (at) => {
    const now = at ? one.lamp[at - 1] : 0;
    looks.forEach((look, i) => (look.style.visibility = i === now ? "" : "hidden"));
    word.textContent = lamps[now].word;
  };
}

export default stage(noiseLamp);
