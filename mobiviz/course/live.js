// Wakes the pictures of a page without a kernel: gives each the model that it would have had in a notebook.
(async () => {
  const parse = (node) => JSON.parse(node.textContent);
  const shared = Object.fromEntries([...document.querySelectorAll("script[data-shared]")].map((n) => [n.dataset.shared, parse(n)]));
  const modules = {};
  const load = (key) => (modules[key] ??= import(URL.createObjectURL(new Blob([shared[key]], { type: "text/javascript" }))));
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

  function modelOf({ state, buffers }) {
    const heard = [];
    for (const { path, data } of buffers) path.slice(0, -1).reduce((at, key) => at[key], state)[path.at(-1)] = bytes(data);
    const tell = (name) => heard.filter((one) => one.name === name).forEach((one) => one.act());
    return {
      get: (key) => state[key],
      set(key, value) { state[key] = value; tell(`change:${key}`); tell("change"); },
      on: (name, act) => void heard.push({ name, act }),
      off(name, act) {
        const kept = heard.filter((one) => (name && one.name !== name) || (act && one.act !== act));
        heard.splice(0, heard.length, ...kept);
      },
      save_changes() {},
      send() {},
    };
  }

  for (const host of document.querySelectorAll("[data-live]")) {
    const { render, initialize } = (await load(host.dataset.live)).default;
    const model = modelOf(parse(host.querySelector("script"))), el = document.createElement("div");
    await initialize?.({ model });
    host.replaceChildren(el);
    await render({ model, el });
  }
  for (const host of document.querySelectorAll("[data-plotly]")) {
    const { data, layout, config } = parse(host.querySelector("script"));
    await Plotly.newPlot(host, data, layout, { responsive: true, displaylogo: false, ...config });
  }
})();
