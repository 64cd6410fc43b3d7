// Runs the networks: loads, checks the outputs, warms up, times. It lives in a worker, so that the page stays awake.
// In: {job, base, token, threads}. Out: {kind: "step", words, share}, {kind: "done", ...} or {kind: "failed", where, why}.

const SAMPLE_MS = 20, SETTLED = 0.98, LEAST_ROUNDS = 8, MOST_ROUNDS = 80, WARM_MS = 4000, MOST_WARM = 400;
let where = "start";

self.onmessage = async ({ data }) => {
  try { self.postMessage({ kind: "done", ...(await measure(data)) }); }
  catch (error) { self.postMessage({ kind: "failed", where, why: `${error?.name ?? ""}: ${error?.message ?? error}` }); }
};

function say(words, share) { self.postMessage({ kind: "step", words, share }); }

async function measure({ job, base, token, threads }) {
  where = "engine";
  say("Loading the engine, ONNX Runtime Web", 0.02);
  const ort = await import(new URL("ort.wasm.min.mjs", base));
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = { mjs: new URL("ort-wasm-simd-threaded.mjs", base).href,
    wasm: new URL("ort-wasm-simd-threaded.wasm", base).href };
  const inputs = [], timer_ms = timerStep();
  for (let i = 0; i < job.inputs.length; i++) inputs.push(new Float32Array(await load(`input-${i}.bin`, base, token)));
  const lanes = [];
  for (const [i, net] of job.nets.entries()) {
    where = "load";
    say(`Loading ${net.name}, ${(net.bytes / 1e6).toFixed(1)} MB`, 0.05 + (0.4 * i) / job.nets.length);
    const bytes = new Uint8Array(await load(`net-${i}.onnx`, base, token));
    where = "run";
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
    const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", inputs[net.input], job.inputs[net.input]) };
    lanes.push(await checked({ net, run: () => session.run(feeds) }));
  }
  for (const [i, lane] of lanes.entries()) {
    say(`Warming up ${lane.net.name}`, 0.45 + (0.15 * i) / lanes.length);
    await warm(lane);
  }
  await rounds(lanes, job.budget_ms * lanes.length);
  const nets = lanes.map(({ net, first_ms, calls, samples, outputs, relative }) => ({ name: net.name, macs: net.macs,
    first_ms: round(first_ms), calls, samples_ms: samples.map(round), outputs: base64(outputs), relative }));
  return { nets, timer_ms: round(timer_ms), threads };
}

async function load(name, base, token) {
  where = "load";
  const reply = await fetch(new URL(name, base), token ? { headers: { authorization: `Bearer ${token}` } } : {});
  if (!reply.ok) throw new Error(`${name}: ${reply.status} ${(await reply.text()).slice(0, 200)}`);
  return reply.arrayBuffer();
}

// The first call, whose output is compared with what the laptop got; of a large one some values, evenly spaced.
async function checked(lane) {
  const begin = performance.now(), answer = await lane.run();
  lane.first_ms = performance.now() - begin;
  const all = Object.values(answer)[0].data, { size, wanted } = lane.net, want = floats(wanted), kept = want.length;
  if (all.length !== size) throw new Error(`${lane.net.name} gave ${all.length} numbers, not ${size}`);
  lane.outputs = Float32Array.from(want, (_, i) => all[Math.floor((i * size) / kept)]);
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const far = lane.outputs.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i])), 0) / largest;
  lane.relative = Number.isFinite(far) && lane.outputs.every(Number.isFinite) ? far : 1e30;
  return lane;
}

// Until five calls are no faster than the five before, as on the laptop; then so many calls a sample that it lasts.
async function warm(lane) {
  const took = [], start = performance.now();
  while (took.length < 2 || (performance.now() - start < WARM_MS && took.length < MOST_WARM)) {
    took.push(await timed(lane, 1));
    const n = took.length, last = median(took.slice(-5));
    if (n >= 10 && last > 0 && last >= SETTLED * median(took.slice(-10, -5))) break;
  }
  const each = Math.max((performance.now() - start) / took.length, 1e-3);
  lane.calls = Math.min(Math.max(Math.ceil(SAMPLE_MS / each), 1), 20000);
  lane.samples = [];
}

async function rounds(lanes, budget) {
  const start = performance.now();
  for (let done = 0; done < MOST_ROUNDS; done++) {
    const spent = performance.now() - start;
    if (spent > budget * (done < LEAST_ROUNDS ? 3 : 1) && done > 2) break;
    say(`Round ${done + 1}: each network once, in a new order`, 0.6 + 0.4 * Math.min(spent / budget, done / LEAST_ROUNDS, 1));
    for (const lane of shuffled(lanes)) lane.samples.push(Math.max(await timed(lane, lane.calls), 1e-4));
    await new Promise((rest) => setTimeout(rest)); // the page may paint between rounds
  }
}

async function timed(lane, calls) {
  const begin = performance.now();
  for (let i = 0; i < calls; i++) await lane.run();
  return (performance.now() - begin) / calls;
}

function timerStep() {
  let step = Infinity, before = performance.now();
  for (const end = before + 150; before < end; ) {
    const now = performance.now();
    if (now > before) step = Math.min(step, now - before);
    before = now;
  }
  return Number.isFinite(step) ? step : 150;
}

function shuffled(lanes) {
  const order = [...lanes];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function round(ms) { return Math.round(ms * 1e6) / 1e6; }
function floats(text) { return new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer); }
function base64(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}
