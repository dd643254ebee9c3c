// Suggestions while somebody types in the search box. Without it the box is a form like any other.
const box = document.querySelector("input[data-suggest]");
const list = document.getElementById("found");
let waiting = 0;

async function suggest() {
  const asked = box.value.trim();
  if (asked.length < 2) {
    return;
  }
  const address = `${box.dataset.suggest}?q=${encodeURIComponent(asked)}`;
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok || box.value.trim() !== asked) {
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
    clearTimeout(waiting);
    waiting = setTimeout(suggest, 150);
  });
}

// A picture as PNG: drawn by the browser, with the reader's own fonts. Without scripts the link gives the SVG.
const SCALE = 2;

async function asPng(link) {
  const picture = new Image();
  picture.src = link.href;
  await picture.decode();
  const [, , width, height] = document.querySelector("figure svg").getAttribute("viewBox").split(" ").map(Number);
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => {
    const taken = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: link.dataset.png });
    taken.click();
    setTimeout(() => URL.revokeObjectURL(taken.href), 1000);
  });
}

for (const link of document.querySelectorAll("a[data-png]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    asPng(link);
  });
}

// The language that a reader chooses is remembered for addresses that name none.
for (const link of document.querySelectorAll(".tongues a[hreflang]")) {
  link.addEventListener("click", () => {
    document.cookie = `language=${link.hreflang}; path=/; max-age=31536000; samesite=lax`;
  });
}
