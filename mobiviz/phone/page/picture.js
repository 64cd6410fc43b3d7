// The student's own result: a bar a network, the quickest first, and how the order differs from that of the MACs.

const SVG = "http://www.w3.org/2000/svg";

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Pairs of networks that stand the other way round in time than in MACs.
export function swaps(nets) {
  let swapped = 0, pairs = 0;
  for (let i = 0; i < nets.length; i++) {
    for (let j = i + 1; j < nets.length; j++) {
      if (nets[i].macs === nets[j].macs) continue;
      pairs += 1;
      if ((nets[i].macs - nets[j].macs) * (nets[i].ms - nets[j].ms) < 0) swapped += 1;
    }
  }
  return { swapped, pairs };
}

export function finding(nets) {
  if (nets.length === 1) return `${nets[0].name} takes ${digits(nets[0].ms)} ms on this phone`;
  const { swapped, pairs } = swaps(nets);
  const first = [...nets].sort((a, b) => a.ms - b.ms)[0].name;
  const order = swapped ? `${swapped} of ${pairs} pairs stand the other way round than by their MACs`
    : "the order is that of the MACs";
  return `${first} is the fastest here; ${order}`;
}

export function draw(nets) {
  const rows = [...nets].sort((a, b) => a.ms - b.ms), most = rows.at(-1).ms, high = 52;
  const root = node("svg", { viewBox: `0 0 340 ${rows.length * high + 4}`, role: "img" });
  root.append(node("title", {}, rows.map((row) => `${row.name} ${digits(row.ms)} ms`).join(", ")));
  rows.forEach((row, i) => {
    const y = i * high, long = Math.max((338 * row.ms) / most, 2);
    root.append(node("text", { x: 1, y: y + 16 }, fit(row.name, 20)),
      node("text", { x: 339, y: y + 16, "text-anchor": "end" }, `${digits(row.ms)} ms`),
      node("rect", { x: 1, y: y + 22, width: long, height: 12 }),
      node("text", { x: 1, y: y + 47, class: "quiet" }, `${short(row.macs)} MACs`));
  });
  return root;
}

function node(tag, attrs, words) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attrs)) made.setAttribute(key, value);
  if (words !== undefined) made.textContent = words;
  return made;
}

function fit(name, most) { return name.length > most ? `${name.slice(0, most - 1)}…` : name; }
export function digits(ms) { return ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2); }
export function short(count) {
  for (const [size, name] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (count >= size) return `${(count / size).toPrecision(4)} ${name}`;
  return String(count);
}
