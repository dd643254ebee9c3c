// The result of a query in the views that it has: table, chart, Turtle or graph, and as it came.
import { button, byId, element, save } from "./dom.js";
import { drawGraph } from "./graph_drawing.js";
import { MOST_ROWS, ResultTable } from "./result_table.js";
import { isNumeric, parseTriples } from "./terms.js";
import { localNumber, milliseconds, numberOfRows, words } from "./words.js";

const TABLES = { CSV: "text/csv", TSV: "text/tab-separated-values", JSON: "application/sparql-results+json", XML: "application/sparql-results+xml" };
const GRAPHS = { Turtle: "text/turtle", "JSON-LD": "application/ld+json", "N-Triples": "application/n-triples", "RDF/XML": "application/rdf+xml" };
const ENDINGS = { CSV: "csv", TSV: "tsv", JSON: "json", XML: "xml", Turtle: "ttl", "JSON-LD": "jsonld", "N-Triples": "nt", "RDF/XML": "rdf" };
const PARTS = ["subject", "predicate", "object"];
// A chart with more bars cannot be read.
const MOST_BARS = 100;
export const ACCEPTED = "application/sparql-results+json, application/n-triples;q=0.9";

export class ResultView {
  #place = byId("results");
  #tools = byId("result-tools");
  #views = byId("views");
  #formats = byId("format");
  #endpoint;
  #site;
  #chartAddress;
  #result = null;

  // chartAddress: draws the numbers that are sent there, empty where there is no server.
  constructor(endpoint, site, chartAddress) {
    this.#endpoint = endpoint;
    this.#site = site;
    this.#chartAddress = chartAddress;
    byId("download").addEventListener("click", () => this.#download());
  }

  // How many rows came; null for a boolean, or a result too large for the page.
  get count() {
    return this.#result?.rows?.length ?? null;
  }

  clear() {
    this.#place.replaceChildren();
    this.#tools.hidden = true;
  }

  // Show the reply of an endpoint to a query, and say how much came in how many milliseconds; returns that.
  show(query, { mediaType, text }, took) {
    const isGraph = mediaType === GRAPHS["N-Triples"];
    const result = { query, mediaType, text };
    if (text !== null && isGraph) {
      result.triples = parseTriples(text);
      result.names = PARTS;
      result.rows = result.triples.map((terms) => Object.fromEntries(terms.map((term, number) => [PARTS[number], term])));
    } else if (text !== null) {
      const { head, results, boolean } = JSON.parse(text);
      Object.assign(result, { boolean, names: head.vars, rows: results?.bindings });
    }
    this.#result = result;
    this.#formats.replaceChildren(...Object.keys(isGraph ? GRAPHS : TABLES).map((name) => new Option(name, name)));
    this.#tools.hidden = false;
    const views = this.#viewsOf(result);
    this.#views.hidden = Object.keys(views).length < 2;
    this.#views.replaceChildren(...Object.entries(views).map(([name, draw]) => button(words[name], () => this.#draw(name, draw), { name })));
    const [first, draw] = Object.entries(views)[0];
    this.#draw(first, draw);
    return result.rows ? `${numberOfRows(result.rows.length)} · ${milliseconds(took)}` : milliseconds(took);
  }

  #viewsOf({ text, boolean, rows, names, triples }) {
    if (text === null) {
      return { table: () => element("p", { textContent: words.large }) };
    }
    if (boolean !== undefined) {
      return { table: () => element("p", { className: "lead", textContent: boolean ? words.yes : words.no }), raw: () => asText(text) };
    }
    const table = () => new ResultTable(names, rows.slice(0, MOST_ROWS), rows.length, this.#site).element;
    if (triples) {
      return { table, turtle: () => this.#asTurtle(), graph: () => this.#asGraph(triples) };
    }
    const charts = this.#chartAddress && rows.length && names.some((name) => rows.every((row) => isNumeric(row[name])));
    return {
      table,
      ...(charts ? { bar: () => this.#asChart("bar"), line: () => this.#asChart("line") } : {}),
      raw: () => asText(text),
    };
  }

  async #draw(name, draw) {
    for (const each of this.#views.children) {
      each.setAttribute("aria-pressed", each.name === name);
    }
    const result = this.#result;
    const drawn = await draw();
    if (this.#result === result) {
      this.#place.replaceChildren(drawn);
    }
  }

  async #asTurtle() {
    return asText(await (await this.#endpoint.file(this.#result.query, GRAPHS.Turtle)).text());
  }

  #asGraph(triples) {
    const { svg, left } = drawGraph(triples, this.#site.prefixes);
    const rest = left ? [element("p", { textContent: words.undrawn.replace("{}", localNumber(left)) })] : [];
    return element("div", {}, ...rest, svg);
  }

  // The last column of numbers, by the first of words.
  async #asChart(kind) {
    const { names, rows } = this.#result;
    const value = names.findLast((name) => rows.every((row) => isNumeric(row[name])));
    const label = names.find((name) => rows.some((row) => row[name]?.["xml:lang"])) ?? names.find((name) => name !== value) ?? value;
    const some = rows.slice(0, kind === "bar" ? MOST_BARS : MOST_ROWS / 5);
    const body = JSON.stringify({
      kind, title: `${label} · ${value}`, labels: some.map((row) => (row[label] ? this.#site.textOf(row[label]) : "–")), values: some.map((row) => Number(row[value].value)),
    });
    const response = await fetch(this.#chartAddress, { method: "POST", body });
    const svg = await response.text();
    const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    const file = button("SVG", () => save(new Blob([svg], { type: "image/svg+xml" }), "chart.svg"));
    const left = rows.length - some.length;
    const rest = left ? [element("p", { textContent: words.undrawn.replace("{}", localNumber(left)) })] : [];
    return element("div", {}, ...rest, document.importNode(drawn, true), element("p", {}, file));
  }

  // The file of the query whose result is shown, whatever has been written since.
  async #download() {
    const name = this.#formats.value;
    const mediaType = { ...TABLES, ...GRAPHS }[name];
    const { query, text, mediaType: came } = this.#result;
    const blob = came === mediaType && text !== null ? new Blob([text], { type: came }) : await this.#endpoint.file(query, mediaType);
    save(blob, `results.${ENDINGS[name]}`);
  }
}

function asText(text) {
  return element("pre", { textContent: text, tabIndex: 0 });
}
