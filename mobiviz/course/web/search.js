// The search page: every word must begin a word of the section; headings count most. The index is assets/words.js.
(() => {
  const box = document.getElementById("wanted"), list = document.getElementById("hits"), told = document.getElementById("found");
  const MOST = 30, AROUND = 70;
  const wordsOf = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const sections = window.mobivizWords.map(([file, anchor, page, heading, text]) => ({ file, anchor, page, heading, text,
    named: wordsOf(`${page} ${heading}`), said: wordsOf(text) }));

  function score(section, terms) {
    let sum = 0;
    for (const term of terms) {
      const named = section.named.filter((word) => word.startsWith(term)), said = section.said.filter((word) => word.startsWith(term));
      if (!named.length && !said.length) return 0;
      sum += 10 * Math.min(named.length, 2) + (named.includes(term) ? 5 : 0) + (said.includes(term) ? 2 : 0) + Math.log2(1 + said.length);
    }
    return sum;
  }

  // The text with each found word in a <mark>, cut around the first of them.
  function excerpt(text, terms) {
    const found = new RegExp(`(?<![\\p{L}\\p{N}])(${terms.join("|")})`, "giu"), first = text.search(found);
    const start = Math.max(first < 0 ? 0 : text.lastIndexOf(" ", Math.max(first - AROUND, 0)), 0);
    const piece = text.slice(start, start + 3 * AROUND), nodes = [];
    let at = 0;
    for (const hit of piece.matchAll(found)) {
      nodes.push(piece.slice(at, hit.index), Object.assign(document.createElement("mark"), { textContent: hit[0] }));
      at = hit.index + hit[0].length;
    }
    return [start ? "… " : "", ...nodes, piece.slice(at), start + 3 * AROUND < text.length ? " …" : ""];
  }

  function show() {
    const terms = wordsOf(box.value);
    const hits = terms.length ? sections.map((section) => ({ section, points: score(section, terms) })).filter((hit) => hit.points) : [];
    hits.sort((a, b) => b.points - a.points);
    list.replaceChildren(...hits.slice(0, MOST).map(({ section }) => {
      const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
      link.href = section.file + (section.anchor && `#${section.anchor}`);
      link.textContent = section.heading === section.page ? section.page : `${section.heading} · ${section.page}`;
      text.append(...excerpt(section.text, terms));
      item.append(link, text);
      return item;
    }));
    told.textContent = !terms.length ? "" : !hits.length ? "Nothing has all these words."
      : hits.length > MOST ? `The best ${MOST} of ${hits.length} places` : hits.length === 1 ? "1 place" : `${hits.length} places`;
  }

  box.value = new URLSearchParams(location.search).get("q") ?? "";
  box.form.addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("input", () => {
    show();
    try { history.replaceState(null, "", `?q=${encodeURIComponent(box.value)}`); } catch { /* a browser that guards file: */ }
  });
  show();
  if (box.value === "") box.focus();
})();
