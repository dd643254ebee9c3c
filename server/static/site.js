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
