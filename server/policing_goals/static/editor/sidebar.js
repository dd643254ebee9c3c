// Beside the box: saved queries to begin with, and the classes and properties of the graph with their counts.
import { button, byId, element } from "./dom.js";
import { shorten } from "./terms.js";
import { localNumber } from "./words.js";

const COUNTS = {
  classes: "SELECT ?term (COUNT(?s) AS ?n) { ?s a ?term } GROUP BY ?term ORDER BY DESC(?n) ?term",
  properties: "SELECT ?term (COUNT(*) AS ?n) { ?s ?term ?o } GROUP BY ?term ORDER BY DESC(?n) ?term",
};

// Each example loads its text when it is chosen, and the box above them leaves those that have its words.
export function installExamples(open) {
  const examples = [...document.querySelectorAll("#examples a[data-query]")];
  for (const link of examples) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const text = await (await fetch(link.dataset.query)).text();
      open(text.replace(/^(#\+.*\n)+\n?/, ""), { name: link.dataset.name, href: link.href });
    });
  }
  const find = byId("find-example");
  find.hidden = false;
  find.addEventListener("input", () => {
    const wanted = find.value.toLowerCase().split(/\s+/);
    for (const link of examples) {
      const text = `${link.textContent} ${link.title}`.toLowerCase();
      link.parentElement.hidden = !wanted.every((word) => text.includes(word));
    }
    for (const group of document.querySelectorAll("#examples section")) {
      group.hidden = !group.querySelector("li:not([hidden])");
    }
  });
}

// The lists of classes and properties are asked for when they are first opened.
export function installTerms(endpoint, prefixes, insert) {
  for (const [name, query] of Object.entries(COUNTS)) {
    const place = byId(name);
    place.addEventListener("toggle", async () => {
      const { text } = await endpoint.run(query, "application/sparql-results+json");
      const items = JSON.parse(text).results.bindings.map(({ term, n }) => {
        const curie = shorten(term.value, prefixes);
        const prefix = curie.split(":")[0];
        const chosen = button(curie, () => insert({ curie, prefix, namespace: prefixes[prefix] }), { className: "plain", title: term.value, dir: "ltr", disabled: !prefixes[prefix] });
        return element("li", {}, chosen, " ", element("small", { textContent: localNumber(Number(n.value)) }));
      });
      place.append(element("ul", {}, ...items));
    }, { once: true });
  }
}
