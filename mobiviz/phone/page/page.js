// The page that a phone opens: asks which phone it is, lets the worker measure, sends the result, shows it.

import { draw, finding, median } from "./picture.js";

const $ = (id) => document.getElementById(id), base = new URL(".", location.href), token = location.hash.slice(1);
const PREFIX = "mobiviz-phone-1 ", GIVE_UP_MS = 180000;
let job, hidden = 0, measuring = false, told = 0, id = "";

const WORDS = {
  lost: "The laptop does not answer. Is the phone in the same Wi-Fi, and is the notebook still running? "
    + "A guest Wi-Fi often keeps devices apart: then ask for the page on the web.",
  token: "This link is not complete: scan the QR code again.",
  engine: "The engine could not be loaded. This browser may be too old: update it, or open the link in a current Chrome, "
    + "Firefox or Safari.",
  memory: "The phone ran out of memory. Close other apps and tabs, then load this page again.",
  simd: "This browser cannot run it: it lacks WebAssembly SIMD. Update it, or use another browser or phone.",
  other: "Something went wrong. Load this page again; if it stays, tell your teacher these words: ",
};

boot();

async function boot() {
  document.addEventListener("visibilitychange", () => { hidden += measuring && document.hidden ? 1 : 0; });
  addEventListener("hashchange", () => location.reload());
  if (!("WebAssembly" in window) || !("Worker" in window)) return trouble(WORDS.simd);
  const reply = await ask("job.json").catch(() => null);
  if (!reply) return trouble(WORDS.lost);
  if (reply.status === 401) return trouble(WORDS.token);
  if (!reply.ok) return trouble(WORDS.other + (await reply.text()).slice(0, 200));
  job = await reply.json();
  if (job.static && (await isolate())) return;
  offer();
}

function ask(name, options = {}) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  return fetch(new URL(name, base), { ...options, headers });
}

// A page from a static host is isolated by a service worker that adds two headers; it takes one reload.
async function isolate() {
  if (crossOriginIsolated || !navigator.serviceWorker || sessionStorage.getItem("isolating")) return false;
  try {
    sessionStorage.setItem("isolating", "1");
    await navigator.serviceWorker.register(new URL("isolate.js", base));
    await navigator.serviceWorker.ready;
    location.reload();
    return true;
  } catch { return false; } // one thread, then
}

async function offer() {
  const most = navigator.hardwareConcurrency || 1, megabytes = job.nets.reduce((sum, net) => sum + net.bytes, 0) / 1e6 + 4;
  if (self.crossOriginIsolated && most > 1) {
    const counts = [1, 2, 4, 8].filter((count) => count <= most);
    $("threads").replaceChildren(...counts.map((count) => new Option(count === 1 ? "1, as on the laptop" : String(count), count)));
    $("threads").hidden = $("threads-label").hidden = false;
  }
  $("cost").textContent = `${job.nets.length} networks, a download of ${megabytes.toFixed(0)} MB from the laptop, then about `
    + `${Math.ceil((job.nets.length * (job.budget_ms + 1500)) / 1000)} seconds. Keep this page in front, and the battery saver off.`;
  state("Ready.");
  $("start").hidden = false;
  $("start").addEventListener("submit", (event) => { event.preventDefault(); measure(); });
  $("again").addEventListener("click", () => { $("result").hidden = true; $("start").hidden = false; state("Ready."); });
  $("copy").addEventListener("click", copy);
  const found = await model();
  if (found && !$("model").value) $("model").value = found;
}

// Chromium tells it on pages that it trusts; everywhere else the student types it.
async function model() {
  try { return (await navigator.userAgentData.getHighEntropyValues(["model"])).model.slice(0, 60); } catch { return ""; }
}

async function measure() {
  id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  hidden = 0;
  measuring = true;
  $("start").hidden = $("trouble").hidden = $("result").hidden = true;
  $("bar").hidden = false;
  const lock = await navigator.wakeLock?.request("screen").catch(() => null);
  const threads = Number($("threads").value) || 1;
  let worker;
  try {
    worker = new Worker(new URL("worker.js", base), { type: "module" });
    const done = await new Promise((resolve, reject) => {
      worker.onerror = (event) => reject({ where: "engine", why: event.message ?? "the worker did not start" });
      worker.onmessage = ({ data }) => {
        if (data.kind === "step") step(data);
        else if (data.kind === "done") resolve(data);
        else reject(data);
      };
      worker.postMessage({ job, base: base.href, token, threads });
    });
    measuring = false;
    await finish(done);
  } catch (error) { failed(error); }
  finally {
    measuring = false;
    worker?.terminate();
    lock?.release().catch(() => null);
    $("bar").hidden = true;
  }
}

function step({ words, share }) {
  state(words);
  $("bar").value = share;
  if (job.static || performance.now() - told < 700) return;
  told = performance.now();
  ask("progress", { method: "POST", body: JSON.stringify({ id, words }) }).catch(() => null);
}

function failed(error) {
  const why = String(error?.why ?? error?.message ?? error), memory = /memory|RangeError|allocat/i.test(why);
  const lost = error?.where === "load" && /TypeError|NetworkError|Failed to fetch|Load failed/i.test(why);
  const words = memory ? WORDS.memory : lost ? WORDS.lost : /simd/i.test(why) ? WORDS.simd
    : error?.where === "engine" ? `${WORDS.engine} (${why.slice(0, 160)})` : WORDS.other + why.slice(0, 200);
  trouble(words);
  $("start").hidden = false;
}

async function finish({ nets, timer_ms, threads }) {
  const report = { id, job: job.job, model: $("model").value.trim().slice(0, 60), browser: navigator.userAgent.slice(0, 300),
    platform: (navigator.userAgentData?.platform || navigator.platform || "").slice(0, 60), engine: "ONNX Runtime Web",
    version: job.version, threads, cores: navigator.hardwareConcurrency || 1, isolated: Boolean(self.crossOriginIsolated),
    timer_ms, hidden, nets };
  const body = JSON.stringify(report), wrong = nets.filter((net) => !(net.relative <= 1e-4));
  const right = nets.filter((net) => net.relative <= 1e-4).map((net) => ({ ...net, ms: median(net.samples_ms) }));
  $("text").value = PREFIX + body;
  $("words").open = Boolean(job.static);
  $("finding").textContent = right.length ? finding(right) : "No network gave the laptop's outputs here";
  $("picture").replaceChildren(...(right.length ? [draw(right)] : []));
  notes([...wrong.map((net) => `${net.name}: its outputs are not the laptop's, so its time does not count.`),
    ...right.flatMap(noise), ...(hidden ? ["The page was out of sight for a while; measure again with it in front."] : [])]);
  $("result").hidden = false;
  $("sent").textContent = job.static ? "Copy the text below and hand it over." : "Sending it to the laptop...";
  state(job.static ? "Done." : "Measured; sending.");
  if (!job.static) await send(body);
}

function noise({ name, samples_ms }) {
  const sorted = [...samples_ms].sort((a, b) => a - b), at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
  const third = Math.max(Math.floor(samples_ms.length / 3), 1);
  const drift = median(samples_ms.slice(-third)) / median(samples_ms.slice(0, third)), found = [];
  if (at(0.9) / at(0.1) > 1.5) found.push(`${name}: the slowest tenth took ${(at(0.9) / at(0.1)).toFixed(1)} times as long as the fastest.`);
  if (samples_ms.length >= 24 && (drift > 1.1 || drift < 1 / 1.1)) found.push(`${name}: the last third took ${drift.toFixed(2)} times as long as the first; the phone may be warm, or saving its battery.`);
  return found;
}

function notes(all) {
  const lines = all.length > 5 ? [...all.slice(0, 4), `And ${all.length - 4} more of the same kind.`] : all;
  $("notes").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

// The same id and the same words however often it takes: the laptop stores them once.
async function send(body) {
  const start = performance.now();
  for (let wait = 300; ; wait = Math.min(wait * 1.7, 6000)) {
    const reply = await ask("report", { method: "POST", body }).catch(() => null);
    if (reply?.ok) {
      state("Done.");
      $("sent").textContent = "The laptop has it. Look at its screen.";
      return;
    }
    if (reply && reply.status < 500 && reply.status !== 408) {
      $("sent").textContent = `The laptop refused it: ${(await reply.text()).slice(0, 200)}`;
      return state("Measured, not sent.");
    }
    if (performance.now() - start > GIVE_UP_MS) {
      $("sent").textContent = `${WORDS.lost} The result is below, as text.`;
      $("words").open = true;
      return state("Measured, not sent.");
    }
    $("sent").textContent = "The laptop does not answer; trying again...";
    await new Promise((rest) => setTimeout(rest, wait));
  }
}

async function copy() {
  $("text").select();
  try { await navigator.clipboard.writeText($("text").value); } catch { document.execCommand("copy"); }
  $("copy").textContent = "Copied";
}

function state(words) { $("state").textContent = words; }
function trouble(words) {
  $("trouble").textContent = words;
  $("trouble").hidden = false;
  state("It cannot go on.");
}
