// A small network, run with plain loops: each step reads earlier results and makes one of its own.
// A result is { ch, h, w, values }: `ch` maps of h x w numbers, one map after the other.

window.mobivizRun = (() => {
  // Every convolution here, whatever its groups: an output map is its bias plus, for each input map of its group and
  // each place of the kernel, that map moved to the place, times the kernel's number there.
  function conv(x, { out, k, stride, pad, groups, relu6 }, weight, bias) {
    const h = Math.floor((x.h + 2 * pad - k) / stride) + 1, w = Math.floor((x.w + 2 * pad - k) / stride) + 1;
    const values = new Float32Array(out * h * w), inside = x.ch / groups, each = out / groups;
    let at = 0; // the next number of the kernels, which stand in the order in which they are used
    for (let o = 0; o < out; o++) {
      const map = values.subarray(o * h * w, (o + 1) * h * w).fill(bias[o]), first = Math.floor(o / each) * inside;
      for (let i = first; i < first + inside; i++) {
        for (let ky = 0; ky < k; ky++) {
          for (let kx = 0; kx < k; kx++) addMoved(map, h, w, x, i, ky - pad, kx - pad, stride, weight[at++]);
        }
      }
      if (relu6) for (let j = 0; j < map.length; j++) map[j] = Math.min(Math.max(map[j], 0), 6);
    }
    return { ch: out, h, w, values, macs: values.length * inside * k * k };
  }

  function addMoved(map, h, w, x, i, down, right, stride, times) {
    const from = Math.max(Math.ceil(-right / stride), 0), to = Math.min(Math.ceil((x.w - right) / stride), w);
    for (let row = 0; row < h; row++) {
      const y = row * stride + down;
      if (y < 0 || y >= x.h) continue; // padding adds nothing
      let source = (i * x.h + y) * x.w + from * stride + right;
      for (let j = row * w + from; j < row * w + to; j++, source += stride) map[j] += times * x.values[source];
    }
  }

  function add(a, b) { return { ...a, values: a.values.map((value, i) => value + b.values[i]), macs: 0 }; }

  function mean({ ch, h, w, values }) {
    const means = Float32Array.from({ length: ch }, (_, c) => values.subarray(c * h * w, (c + 1) * h * w).reduce((a, b) => a + b) / (h * w));
    return { ch, h: 1, w: 1, values: means, macs: 0 };
  }

  function linear(x, { out }, weight, bias) {
    const values = Float32Array.from({ length: out }, (_, o) => x.values.reduce((sum, value, i) => sum + value * weight[o * x.ch + i], bias[o]));
    return { ch: out, h: 1, w: 1, values, macs: out * x.ch };
  }

  // The results of all steps, in order; the last one holds the logits.
  return function run(steps, numbers, photo) {
    const results = [], part = ([start, length]) => numbers.subarray(start, start + length);
    for (const step of steps) {
      const [x, y] = step.reads.map((i) => (i < 0 ? photo : results[i]));
      results.push(step.op === "conv" ? conv(x, step, part(step.weight), part(step.bias)) : step.op === "add" ? add(x, y)
        : step.op === "mean" ? mean(x) : linear(x, step, part(step.weight), part(step.bias)));
    }
    return results;
  };
})();
