// Suggestions in the search box. Without scripts it is a plain form.
const box = document.querySelector("input[data-suggest]");
const list = document.getElementById("found");
let timer = 0;

async function suggest() {
  const words = box.value.trim();
  if (words.length < 2) {
    return;
  }
  const address = `${box.dataset.suggest}?q=${encodeURIComponent(words)}`;
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok || box.value.trim() !== words) {
    return;
  }
  const language = document.documentElement.lang;
  const { matches } = await response.json();
  list.replaceChildren(
    ...matches.map((match) => {
      const option = document.createElement("option");
      option.value = match.labels[language] || match.labels.en || match.curie;
      return option;
    }),
  );
}

if (box && list) {
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, 150);
  });
}

// A chart as PNG: drawn by the browser, with the reader's fonts. Without scripts the link gives the SVG.
const SCALE = 2;

async function asPng(link) {
  const image = new Image();
  image.src = link.href;
  await image.decode();
  const [width, height] = [image.naturalWidth * SCALE, image.naturalHeight * SCALE];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => {
    const anchor = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: link.dataset.png });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
  });
}

for (const link of document.querySelectorAll("a[data-png]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    asPng(link);
  });
}

// The links behind a cell of a chart: beside it while it is pointed at or has the focus, and on the first tap.
const CELLS = "svg.chart a.cell";
const tip = Object.assign(document.createElement("div"), { className: "tip", hidden: true });

function showTip(cell) {
  const box = cell.getBoundingClientRect();
  const title = cell.querySelector("title");
  if (title) {
    // The browser's own tooltip would cover it; the words stay as the name of the link.
    cell.dataset.lines = title.textContent;
    cell.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  tip.replaceChildren(`${cell.dataset.lines}\n`);
  tip.append(Object.assign(document.createElement("a"), { href: cell.href.baseVal, textContent: "→" }));
  tip.hidden = false;
  const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left) + scrollX}px`;
  tip.style.top = `${box.bottom + 6 + scrollY}px`;
}

if (document.querySelector(CELLS)) {
  document.body.append(tip);
  let touched;
  const within = (event) => event.target.closest?.(CELLS);
  addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch" && within(event);
  });
  addEventListener("click", (event) => {
    const cell = within(event);
    // The first tap shows the links; the second, or a tap on the arrow, leads there.
    if (cell && touched === cell && tip.cell !== cell) {
      event.preventDefault();
      showTip(cell);
    }
    tip.cell = cell;
  });
  for (const kind of ["pointerover", "focusin"]) {
    addEventListener(kind, (event) => {
      if (event.target === tip || tip.contains(event.target) || event.pointerType === "touch") {
        return;
      }
      const cell = within(event);
      if (cell) {
        showTip(cell);
      } else {
        tip.hidden = true;
      }
    });
  }
  addEventListener("keydown", (event) => {
    tip.hidden ||= event.key === "Escape";
  });
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    // A mark that says it was done, for eyes and, as part of the name, for ears.
    const text = button.textContent;
    button.textContent = `${text} ✓`;
    setTimeout(() => {
      button.textContent = text;
    }, 2000);
  });
}

// The chosen language is stored for addresses without a language.
for (const link of document.querySelectorAll(".languages a[hreflang]")) {
  link.addEventListener("click", () => {
    document.cookie = `language=${link.hreflang}; path=/; max-age=31536000; samesite=lax`;
  });
}

// Filters of a table of links: at once, with an address of its own. Without scripts the form is sent.
const NOTHING = "";

function passes(row, form) {
  const wanted = (name) => form.elements[name].value;
  return (
    [NOTHING, row.dataset.strength].includes(wanted("strength")) &&
    [NOTHING, row.dataset.basis].includes(wanted("basis")) &&
    Number(row.dataset.confidence) >= Number(wanted("least"))
  );
}

function filter(form) {
  const rows = [...document.querySelectorAll("table.links tbody tr")];
  for (const row of rows) {
    row.hidden = !passes(row, form);
  }
  const output = document.querySelector("output[data-shown]");
  output.value = `${rows.filter((row) => !row.hidden).length} / ${output.dataset.total}`;
  const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `?${chosen}${location.hash}`);
  for (const link of document.querySelectorAll("a[data-follows]")) {
    const address = new URL(link.href);
    for (const { name } of form.elements) {
      address.searchParams.delete(name);
    }
    chosen.forEach((value, name) => address.searchParams.set(name, value));
    link.href = address;
  }
}

for (const form of document.querySelectorAll("form[data-rows]")) {
  const output = document.querySelector("output[data-shown]");
  // The server has left out rows only if the address has a filter.
  if (document.querySelectorAll("table.links tbody tr").length === Number(output.dataset.total)) {
    form.hidden = false;
    form.querySelector("button").hidden = true;
    form.addEventListener("change", () => filter(form));
  }
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// What is folded up on the screen belongs on paper too.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("main details:not(.briefing details)")) {
    folded.open = true;
  }
});
