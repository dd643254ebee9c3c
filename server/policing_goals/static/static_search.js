// The search of static files: every word must begin a word of a name or of the text; names count for more.
const kinds = JSON.parse(document.getElementById("kinds").textContent);
const form = document.getElementById("search");
const MOST = 50;
// An ending of so many letters may differ: drugs finds drug.
const ENDING = 2;
const SHORTEST = 4;

function wordsOf(text) {
  const plain = text.normalize("NFD").replace(/[\u0300-\u036f\u0640\u064b-\u0652\u0670]/g, "").toLowerCase();
  return plain.match(/[\p{L}\p{N}]+(?:\.[\p{L}\p{N}]+)*/gu) ?? [];
}

function begins(word, wanted) {
  return word.startsWith(wanted) || (word.length >= SHORTEST && wanted.startsWith(word) && wanted.length - word.length <= ENDING);
}

function score(entity, wanted) {
  const names = [entity.label, ...entity.names].map(wordsOf);
  const text = wordsOf(entity.text);
  let sum = 0;
  for (const each of wanted) {
    const inNames = names.filter((words) => words.some((word) => begins(word, each)));
    if (inNames.length) {
      // A short name that has the word is more about it than a long one.
      sum += 10 / Math.min(...inNames.map((words) => words.length)) + 5;
    } else if (text.some((word) => begins(word, each))) {
      sum += 1;
    } else {
      return 0;
    }
  }
  return sum;
}

function shown(entity) {
  const made = document.createElement("article");
  made.className = "result";
  const heading = document.createElement("h2");
  heading.append(Object.assign(document.createElement("a"), { href: entity.address, textContent: entity.label }));
  const kind = Object.assign(document.createElement("p"), { className: "soft", textContent: kinds[entity.kind] });
  const text = Object.assign(document.createElement("p"), { textContent: entity.text.slice(0, 200), dir: "auto" });
  made.append(heading, kind, text);
  return made;
}

async function search() {
  const query = new URLSearchParams(location.search).get("q") ?? "";
  form.elements.q.value = query;
  const wanted = wordsOf(query);
  if (!wanted.length) {
    return;
  }
  const entities = await (await fetch(form.dataset.texts)).json();
  const found = entities
    .map((entity) => [score(entity, wanted), entity])
    .filter(([points]) => points)
    .sort(([one], [other]) => other - one);
  document.getElementById("count").textContent = new Intl.NumberFormat(document.documentElement.lang).format(found.length);
  document.getElementById("found").replaceChildren(...found.slice(0, MOST).map(([, entity]) => shown(entity)));
}

search();
