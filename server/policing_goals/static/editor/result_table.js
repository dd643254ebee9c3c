// A result as a table: a page of rows at a time, sorted and filtered over all that has come.
import { button, element } from "./dom.js";
import { compareTerms, isNumeric, shorten } from "./terms.js";
import { localNumber, numberOfRows, words } from "./words.js";

const ROWS_A_PAGE = 50;
export const MOST_ROWS = 10_000;
// Other schemes, such as javascript:, can run a script on the page.
const LINKED = /^(?:https?:\/\/|mailto:|urn:)/;

export class ResultTable {
  #names;
  #rows;
  #shown;
  #page = 0;
  #order = { name: "", descending: false };
  #site;

  // rows: by name of the column, at most MOST_ROWS; total: of all rows; site: see Site.
  constructor(names, rows, total, site) {
    this.#names = names;
    this.#rows = rows;
    this.#shown = rows;
    this.#site = site;
    this.#filter = element("input", { type: "search", ariaLabel: words.filter, placeholder: words.filter });
    this.#filter.addEventListener("input", () => this.#choose());
    this.#turns = element("p", { className: "formats" });
    this.#count = element("span", { className: "soft" });
    this.#table = element("table");
    const capped = total > rows.length ? [element("p", { textContent: words.capped.replace("{}", localNumber(rows.length)) })] : [];
    this.element = element("div", {}, ...capped, element("p", { className: "formats" }, this.#filter, this.#count), this.#table, this.#turns);
    this.#draw();
  }

  #filter;
  #turns;
  #count;
  #table;

  #choose() {
    const wanted = this.#filter.value.trim().toLowerCase();
    const { name, descending } = this.#order;
    const found = wanted
      ? this.#rows.filter((row) => this.#names.some((each) => row[each]?.value.toLowerCase().includes(wanted)))
      : [...this.#rows];
    if (name) {
      found.sort((one, other) => compareTerms(one[name], other[name]) * (descending ? -1 : 1));
    }
    this.#shown = found;
    this.#page = 0;
    this.#draw();
  }

  #sortBy(name) {
    this.#order = { name, descending: this.#order.name === name && !this.#order.descending };
    this.#choose();
  }

  #draw() {
    const rows = this.#shown.slice(this.#page * ROWS_A_PAGE, (this.#page + 1) * ROWS_A_PAGE);
    const { name: sorted, descending } = this.#order;
    const heads = this.#names.map((name) => {
      const sort = button(`${name}${sorted === name ? (descending ? " ↓" : " ↑") : ""}`, () => this.#sortBy(name), { className: "plain" });
      const head = element("th", { scope: "col" }, sort);
      if (sorted === name) {
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      }
      return head;
    });
    const body = element("tbody", {}, ...rows.map((row) => element("tr", {}, ...this.#names.map((name) => this.#cell(row[name])))));
    this.#table.replaceChildren(element("thead", {}, element("tr", {}, ...heads)), body);
    this.#count.textContent = numberOfRows(this.#shown.length);
    this.#drawTurns();
    this.#site.labelLinks(this.#table);
  }

  #drawTurns() {
    const pages = Math.ceil(this.#shown.length / ROWS_A_PAGE);
    const turn = (text, page, enabled) => button(text, () => this.#turnTo(page), { disabled: !enabled });
    this.#turns.hidden = pages < 2;
    this.#turns.replaceChildren(
      turn(words.previous, this.#page - 1, this.#page > 0),
      ` ${localNumber(this.#page + 1)} / ${localNumber(pages)} `,
      turn(words.next, this.#page + 1, this.#page < pages - 1),
    );
  }

  #turnTo(page) {
    this.#page = page;
    this.#draw();
  }

  #cell(term) {
    const made = element("td");
    if (!term) {
      return made;
    }
    if (term.type === "uri") {
      made.append(this.#link(term.value));
    } else if (term.type === "triple") {
      made.append(element("code", { textContent: JSON.stringify(term.value) }));
    } else {
      made.append(element("span", { textContent: term.type === "bnode" ? `_:${term.value}` : term.value, dir: "auto", lang: term["xml:lang"] ?? "" }));
      const kind = term["xml:lang"] ?? (term.datatype ? shorten(term.datatype, this.#site.prefixes) : "");
      if (kind && kind !== "xsd:string") {
        made.append(" ", element("small", { textContent: kind }));
      }
      made.className = isNumeric(term) ? "number" : "";
    }
    return made;
  }

  #link(iri) {
    const text = shorten(iri, this.#site.prefixes);
    if (!LINKED.test(iri)) {
      return element("span", { textContent: text });
    }
    return element("a", { href: this.#site.pageOf(iri) ?? iri, textContent: text, title: iri, className: text.length < 40 ? "iri" : "" });
  }
}
