// From a picture to a network's input, pixel for pixel as Python prepares it: Pillow's bilinear resizing in whole
// numbers, the centre cut out, the colours normalised. Browsers' own resizing differs from one to the next.

window.mobivizPixels = (() => {
  const BITS = 22, LONGEST = 4; // weights are whole numbers of 2^-22; a ribbon is cut to four times its shorter side

  // Of each output pixel along one side: the first input pixel that counts, and the weights from there on.
  function weightsOf(from, to) {
    const scale = from / to, reach = Math.max(scale, 1);
    return Array.from({ length: to }, (_, at) => {
      const centre = (at + 0.5) * scale, first = Math.max(Math.trunc(centre - reach + 0.5), 0);
      const count = Math.min(Math.trunc(centre + reach + 0.5), from) - first;
      const raw = Array.from({ length: count }, (_, i) => Math.max(1 - Math.abs((i + first - centre + 0.5) / reach), 0));
      const sum = raw.reduce((a, b) => a + b);
      return { first, whole: raw.map((value) => Math.trunc(0.5 + (value / sum) * 2 ** BITS)) };
    });
  }

  // One pass along one side: `step` from a pixel to the next along it, `lines` of them, `apart` from line to line.
  function pass(pixels, from, to, lines, step, apart, outStep, outApart) {
    const made = new Uint8ClampedArray(3 * to * lines), plan = weightsOf(from, to);
    for (let line = 0; line < lines; line++) {
      plan.forEach(({ first, whole }, at) => {
        for (let c = 0; c < 3; c++) {
          let sum = 2 ** (BITS - 1), place = line * apart + first * step + c;
          for (const weight of whole) { sum += pixels[place] * weight; place += step; }
          made[line * outApart + at * outStep + c] = Math.floor(sum / 2 ** BITS);
        }
      });
    }
    return made;
  }

  function resize({ pixels, w, h }, width, height) {
    const wide = width === w ? pixels : pass(pixels, w, width, h, 3, 3 * w, 3, 3 * width);
    const both = height === h ? wide : pass(wide, h, height, width, 3 * width, 3, 3 * width, 3);
    return { pixels: both, w: width, h: height };
  }

  function cut({ pixels, w }, left, top, width, height) {
    const made = new Uint8ClampedArray(3 * width * height);
    for (let y = 0; y < height; y++) made.set(pixels.subarray(3 * ((top + y) * w + left), 3 * ((top + y) * w + left + width)), 3 * y * width);
    return { pixels: made, w: width, h: height };
  }

  // Halves go to the even neighbour, as in Python.
  function round(value) { const low = Math.floor(value); return value - low === 0.5 ? low + (low % 2) : Math.round(value); }

  function crop(picture, size, shorter) {
    const side = Math.min(picture.w, picture.h), w = Math.min(picture.w, LONGEST * side), h = Math.min(picture.h, LONGEST * side);
    if (Math.max(picture.w, picture.h) > LONGEST * side) {
      picture = cut(picture, Math.floor((picture.w - w) / 2), Math.floor((picture.h - h) / 2), w, h);
    }
    const width = Math.floor((shorter * w) / side), height = Math.floor((shorter * h) / side);
    const small = resize(picture, width, height);
    return cut(small, round((width - size) / 2), round((height - size) / 2), size, size);
  }

  // A bitmap laid on white, as 8-bit red, green, blue.
  function read(bitmap) {
    const canvas = document.createElement("canvas"), [w, h] = [(canvas.width = bitmap.width), (canvas.height = bitmap.height)];
    const ink = canvas.getContext("2d", { willReadFrequently: true });
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, w, h);
    ink.drawImage(bitmap, 0, 0);
    const { data } = ink.getImageData(0, 0, w, h), pixels = new Uint8ClampedArray(3 * w * h);
    for (let i = 0, j = 0; i < data.length; i += 4) { pixels[j++] = data[i]; pixels[j++] = data[i + 1]; pixels[j++] = data[i + 2]; }
    return { pixels, w, h };
  }

  function input({ pixels, w, h }, mean, std) {
    const values = new Float32Array(3 * w * h);
    for (let c = 0; c < 3; c++) for (let i = 0; i < w * h; i++) values[c * w * h + i] = (pixels[3 * i + c] / 255 - mean[c]) / std[c];
    return { ch: 3, h, w, values };
  }

  return { read, crop, input };
})();
