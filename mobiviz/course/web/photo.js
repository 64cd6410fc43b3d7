// The page "your own photo": reads a file, runs the network on it, shows the answer and the maps of any layer.
(() => {
  const known = window.mobivizNetwork, { size, shorter, classes } = known, $ = (id) => document.getElementById(id);
  const numbers = new Float32Array(Uint8Array.from(atob(known.numbers), (c) => c.charCodeAt(0)).buffer);
  const hues = known.colours.map((hue) => [1, 3, 5].map((at) => parseInt(hue.slice(at, at + 2), 16)));
  const MOST = 64, DIGITS = new Intl.NumberFormat("en-GB"), LARGEST = 100e6;
  let results = [];

  const drawable = known.steps.map((step, index) => ({ ...step, index })).filter(({ op }) => op === "conv" || op === "add");

  async function open(file) {
    $("said").textContent = "Looking…";
    let picture;
    try {
      const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
      if (bitmap.width * bitmap.height > LARGEST) throw new RangeError("more than 100 million pixels");
      picture = window.mobivizPixels.crop(window.mobivizPixels.read(bitmap), size, shorter);
    } catch (error) {
      $("said").textContent = `This file cannot be read as a picture here (${error.message}). Try a JPEG or a PNG.`;
      return;
    }
    seen(picture);
    const begin = performance.now();
    results = window.mobivizRun(known.steps, numbers, window.mobivizPixels.input(picture, known.mean, known.std));
    answer(performance.now() - begin);
    maps();
  }

  function seen({ pixels }) {
    const image = new ImageData(size, size);
    for (let i = 0; i < size * size; i++) image.data.set([pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2], 255], 4 * i);
    $("seen").getContext("2d").putImageData(image, 0, 0);
  }

  function answer(ms) {
    const logits = [...results.at(-1).values], top = Math.max(...logits), powers = logits.map((value) => Math.exp(value - top));
    const sum = powers.reduce((a, b) => a + b), order = classes.map((_, i) => i).sort((a, b) => logits[b] - logits[a]);
    const macs = results.reduce((all, { macs }) => all + macs, 0), share = (i) => `${((100 * powers[i]) / sum).toFixed(1)} %`;
    $("said").textContent = `${classes[order[0]]}, ${share(order[0])}. ${DIGITS.format(macs)} MACs, ${ms.toFixed(0)} ms here.`;
    $("classes").replaceChildren(...order.map((i) => {
      const row = document.createElement("tr"), name = document.createElement("th");
      name.scope = "row";
      name.textContent = classes[i];
      row.append(name, ...[share(i), logits[i].toFixed(4)].map((text) => Object.assign(document.createElement("td"), { textContent: text })));
      row.dataset.logit = logits[i];
      row.style.setProperty("--share", powers[i] / sum);
      return row;
    }));
  }

  // Dark is 0, blue above it, orange below; scaled to the largest number of all maps, or of each map.
  function maps() {
    if (!results.length) return;
    const { path, index } = drawable[$("layer").value], { ch, h, w, values } = results[index], own = $("scale").value === "own";
    const shown = Math.min(ch, MOST), columns = Math.ceil(Math.sqrt(shown * 1.6)), gap = Math.max(Math.round(w / 16), 1);
    const canvas = $("maps"), wide = columns * (w + gap) - gap, high = Math.ceil(shown / columns) * (h + gap) - gap;
    Object.assign(canvas, { width: wide, height: high });
    const image = new ImageData(wide, high), largest = (part) => part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    const all = largest(values);
    for (let c = 0; c < shown; c++) {
      const map = values.subarray(c * h * w, (c + 1) * h * w), top = own ? largest(map) : all;
      const left = (c % columns) * (w + gap), up = Math.floor(c / columns) * (h + gap);
      map.forEach((value, i) => {
        const hue = hues[Math.round(64 + (64 * value) / top)];
        image.data.set([...hue, 255], 4 * ((up + Math.floor(i / w)) * wide + left + (i % w)));
      });
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    const zeros = values.reduce((count, value) => count + (value === 0), 0) / values.length;
    const words = `${path}: ${DIGITS.format(ch)} maps of ${h} × ${w}${shown < ch ? `, the first ${shown} of them` : ""}. `
      + `Largest ${all.toPrecision(4)}, ${(100 * zeros).toFixed(0)} % are zero, ${DIGITS.format(results[index].macs)} MACs.`;
    $("about").textContent = words;
    canvas.setAttribute("aria-label", words);
  }

  $("layer").replaceChildren(...drawable.map(({ path, op, k, groups }, i) => new Option(
    op === "add" ? `${path}: the sum with the block's input` : `${path}: ${k === 1 ? "1 × 1" : groups > 1 ? "depthwise 3 × 3" : "3 × 3"}`, i)));
  $("layer").addEventListener("change", maps);
  $("scale").addEventListener("change", maps);
  $("file").addEventListener("change", ({ target }) => target.files[0] && open(target.files[0]));
  $("sample").decode().then(() => open($("sample")));
})();
