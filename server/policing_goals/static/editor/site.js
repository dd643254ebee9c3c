// What the editor knows of the site: the pages of IRIs, the prefixes, and the labels of what a result names.
import { element } from "./dom.js";
import { shorten } from "./terms.js";
import { language } from "./words.js";

const OURS = "https://w3id.org/global-policing-goals/";
const SDG = "http://metadata.un.org/sdg/";
const LABELS = (iris) => `PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?iri ?label WHERE {
  VALUES ?iri { ${iris.map((iri) => `<${iri}>`).join(" ")} }
  ?iri skos:prefLabel|rdfs:label ?label
  FILTER (LANG(?label) IN ("${language}", "en"))
}`;

export class Site {
  #endpoint;
  #labels = new Map();

  // ending: of the addresses of pages.
  constructor(endpoint, prefixes, ending) {
    this.#endpoint = endpoint;
    this.prefixes = prefixes;
    this.ending = ending;
  }

  // The address of our page on an IRI, while the namespace itself leads nowhere; undefined for those of others.
  pageOf(iri) {
    if (iri.startsWith(OURS)) {
      const [name, fragment] = iri.slice(OURS.length).split("#");
      return /^[\w.-]+$/.test(name) ? `${name}.html${fragment ? `#${fragment}` : ""}` : undefined;
    }
    const code = iri.startsWith(SDG) ? iri.slice(SDG.length) : "";
    return /^\d+(?:\.\w+)?$/.test(code) ? `sdg/${code}${this.ending}` : undefined;
  }

  // What a reader is shown of a term: its label if it is known, else its short name.
  textOf(term) {
    return term.type === "uri" ? this.#labels.get(term.value) || shorten(term.value, this.prefixes) : term.value;
  }

  // Write the label of each IRI beside its link, once it is known.
  async labelLinks(table) {
    const links = [...table.querySelectorAll("a[title]")].filter((link) => this.pageOf(link.title));
    const unknown = [...new Set(links.map((link) => link.title))].filter((iri) => !this.#labels.has(iri) && !/[<>"{}|\\^`\s]/.test(iri));
    if (unknown.length) {
      await this.#read(unknown);
    }
    for (const link of links) {
      const label = this.#labels.get(link.title);
      if (label && link.isConnected && !link.parentElement.querySelector("small")) {
        link.after(" ", element("small", { textContent: label, dir: "auto" }));
      }
    }
  }

  async #read(iris) {
    for (const iri of iris) {
      this.#labels.set(iri, "");
    }
    try {
      const { text } = await this.#endpoint.run(LABELS(iris), "application/sparql-results+json");
      for (const { iri, label } of JSON.parse(text).results.bindings) {
        if (label["xml:lang"] === language || !this.#labels.get(iri.value)) {
          this.#labels.set(iri.value, label.value);
        }
      }
    } catch {
      // A table without labels is whole; the next one asks again.
      for (const iri of iris) {
        this.#labels.delete(iri);
      }
    }
  }
}
