// The board for the projector: asks the laptop every two seconds and shows the pictures that it drew.

const token = location.hash.slice(1), EVERY_MS = 2000, shown = {};

function show(place, svg, alt) {
  if (shown[place] === svg) return;
  shown[place] = svg;
  const image = new Image(), old = document.getElementById(place).querySelector("img");
  image.alt = alt;
  image.onload = () => URL.revokeObjectURL(old?.src ?? "");
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  document.getElementById(place).replaceChildren(image);
}

async function look() {
  const state = document.getElementById("state");
  try {
    const reply = await fetch("board.json", { headers: { authorization: `Bearer ${token}` } });
    if (!reply.ok) throw new Error(await reply.text());
    const { svg, qr, words } = await reply.json();
    state.textContent = words;
    show("board", svg, words);
    show("scan", qr, "QR code of the page to measure with");
  } catch (error) {
    state.textContent = /^TypeError/.test(String(error)) ? "The laptop does not answer; what it said last stands below." : String(error.message);
  }
  setTimeout(look, EVERY_MS);
}

look();
