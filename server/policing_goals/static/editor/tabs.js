// Tabs with a query each, and the queries that were run, kept in this browser.
import { button, byId, element } from "./dom.js";
import { localNumber, numberOfRows, words } from "./words.js";

const [TABS, HISTORY] = ["policing-goals-tabs", "policing-goals-history"];
const MOST_RUNS = 50;

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export class Tabs {
  #place = byId("tabs");
  #texts;
  #current;
  #open;

  // open: called with the text of the tab that comes to the front.
  constructor(first, open) {
    const kept = read(TABS, { texts: [first], current: 0 });
    this.#texts = Array.isArray(kept.texts) && kept.texts.length ? kept.texts.map(String) : [first];
    this.#current = Math.min(Number(kept.current) || 0, this.#texts.length - 1);
    this.#open = open;
    this.#place.hidden = false;
    this.#draw();
  }

  get text() {
    return this.#texts[this.#current];
  }

  keep(text) {
    this.#texts[this.#current] = text;
    this.#store();
  }

  add(text) {
    this.#texts.push(text);
    this.#show(this.#texts.length - 1);
  }

  #show(number) {
    this.#current = number;
    this.#store();
    this.#draw();
    this.#open(this.text);
  }

  #close() {
    this.#texts.splice(this.#current, 1);
    this.#show(Math.max(0, this.#current - 1));
  }

  #store() {
    localStorage.setItem(TABS, JSON.stringify({ texts: this.#texts, current: this.#current }));
  }

  #draw() {
    const tabs = this.#texts.map((_, number) => {
      const tab = button(`${words.query} ${localNumber(number + 1)}`, () => this.#show(number), { className: "tab" });
      tab.setAttribute("aria-pressed", number === this.#current);
      return tab;
    });
    const close = this.#texts.length > 1 ? [button("×", () => this.#close(), { ariaLabel: words.close, className: "tab" })] : [];
    this.#place.replaceChildren(...tabs, ...close, button("+", () => this.add(""), { ariaLabel: words.new, className: "tab" }));
  }
}

export class History {
  #place = byId("history");
  #runs = read(HISTORY, []);
  #open;

  // open: called with the query that is chosen.
  constructor(open) {
    this.#open = open;
    this.#draw();
  }

  add(query, rows) {
    this.#runs = [{ query, rows, time: Date.now() }, ...this.#runs.filter((run) => run.query !== query)].slice(0, MOST_RUNS);
    localStorage.setItem(HISTORY, JSON.stringify(this.#runs));
    this.#draw();
  }

  #draw() {
    const items = this.#runs.map(({ query, rows, time }) => {
      const body = query.replace(/^\s*(?:PREFIX\s+\S+\s+<[^>]*>|#.*)\s*$/gim, "").trim();
      const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }).format(time);
      const count = rows === null ? "" : ` · ${numberOfRows(rows)}`;
      const chosen = button(body.replace(/\s+/g, " ").slice(0, 70), () => this.#open(query), { className: "plain", title: query, dir: "ltr" });
      return element("li", {}, chosen, " ", element("small", { textContent: when + count }));
    });
    this.#place.replaceChildren(...items);
  }
}
