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
  const [, , width, height] = document.querySelector("figure svg").getAttribute("viewBox").split(" ").map(Number);
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
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

// The chosen language is stored for addresses without a language.
for (const link of document.querySelectorAll(".languages a[hreflang]")) {
  link.addEventListener("click", () => {
    document.cookie = `language=${link.hreflang}; path=/; max-age=31536000; samesite=lax`;
  });
}
