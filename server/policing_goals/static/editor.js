// The query editor: YASQE if it is bundled, else a text area; results as a table, a chart, or raw.
import { asTable, asText } from "./table.js";

const TABLES = { CSV: "text/csv", TSV: "text/tab-separated-values", JSON: "application/sparql-results+json", XML: "application/sparql-results+xml" };
const GRAPHS = { Turtle: "text/turtle", "JSON-LD": "application/ld+json", "N-Triples": "application/n-triples", "RDF/XML": "application/rdf+xml" };
const ENDINGS = { CSV: "csv", TSV: "tsv", JSON: "json", XML: "xml", Turtle: "ttl", "JSON-LD": "jsonld", "N-Triples": "nt", "RDF/XML": "rdf" };
const STORAGE_KEY = "policing-goals-query";
const byId = (name) => document.getElementById(name);
const form = byId("run");
const area = byId("query");
let editor;
let terms;
let current = { json: null, text: "" };

const text = () => (editor ? editor.getValue() : area.value);

function setQuery(query) {
  if (editor) {
    editor.setValue(query);
  } else {
    area.value = query;
  }
}

function save() {
  localStorage.setItem(STORAGE_KEY, text());
  byId("share").href = `#query=${encodeURIComponent(text())}`;
}

function complete(codeMirror) {
  const cursor = codeMirror.getCursor();
  const line = codeMirror.getLine(cursor.line).slice(0, cursor.ch);
  const word = /[^\s{}()<>"',;]*$/.exec(line)[0];
  const wanted = word.toLowerCase();
  const list = terms
    .filter((term) => [term.curie, ...Object.values(term.labels)].some((each) => each.toLowerCase().includes(wanted)))
    .slice(0, 40)
    .map((term) => ({
      text: term.curie,
      displayText: `${term.curie}  ${term.labels[document.documentElement.lang] ?? term.labels.en ?? ""}`,
      hint: (_, __, chosen) => {
        codeMirror.replaceRange(chosen.text, { line: cursor.line, ch: cursor.ch - word.length }, cursor);
        codeMirror.addPrefixes({ [term.prefix]: term.namespace });
      },
    }));
  return { list, from: { line: cursor.line, ch: cursor.ch - word.length }, to: cursor };
}

async function upgrade() {
  if (!window.Yasqe) {
    return;
  }
  const box = document.createElement("div");
  area.after(box);
  area.hidden = true;
  area.disabled = true;
  // Its own completions query other hosts.
  editor = new window.Yasqe(box, {
    value: area.value, autocompleters: [], showQueryButton: false, createShareableLink: null, persistenceId: null,
    consumeShareLink: null, editorHeight: "22rem", resizeable: false,
  });
  editor.getInputField().setAttribute("aria-label", form.dataset.label);
  editor.setOption("extraKeys", {
    Esc: () => editor.setOption("extraKeys", { Tab: false, "Shift-Tab": false }),
    "Ctrl-Space": async () => {
      terms ??= await (await fetch(form.dataset.terms)).json();
      editor.showHint({ hint: complete, completeSingle: false });
    },
    "Ctrl-Enter": () => form.requestSubmit(),
  });
  editor.on("change", save);
}

function mark(position) {
  if (!editor || !position) {
    return;
  }
  const from = { line: position.line - 1, ch: Math.max(0, position.column - 1) };
  const marked = editor.markText(from, { line: from.line, ch: from.ch + 1 }, { className: "wrong" });
  editor.addLineClass(from.line, "background", "wrong-line");
  editor.setCursor(from);
  editor.on("change", () => {
    marked.clear();
    editor.removeLineClass(from.line, "background", "wrong-line");
  });
}

function send(accept) {
  const body = new URLSearchParams({ query: text() });
  return fetch(form.action, { method: "POST", body, headers: { Accept: accept } });
}

function chart(json) {
  const [names, rows] = [json.head.vars, json.results.bindings];
  const isNumber = (name) => rows.length && rows.every((row) => row[name] && !Number.isNaN(Number(row[name].value)));
  const value = names.findLast(isNumber);
  const label = names.find((name) => rows.some((row) => row[name]?.["xml:lang"])) ?? names.find((name) => name !== value);
  if (!value || !label) {
    return asText("–");
  }
  const most = Math.max(...rows.map((row) => Number(row[value].value)));
  const table = asTable([label, value, ""], rows.map((row) => (name) => row[name]));
  rows.forEach((row, number) => {
    const meter = Object.assign(document.createElement("meter"), { max: most, value: Number(row[value].value) });
    meter.setAttribute("aria-label", row[label]?.value ?? value);
    table.tBodies[0].rows[number].cells[2].append(meter);
  });
  return table;
}

function show(view) {
  const { json, text: raw } = current;
  let element = asText(raw);
  if (view === "chart" && json?.results) {
    element = chart(json);
  } else if (view === "table" && json?.results) {
    element = asTable(json.head.vars, json.results.bindings.map((row) => (name) => row[name]));
  }
  byId("results").replaceChildren(element);
}

async function run() {
  byId("results").replaceChildren();
  byId("status").textContent = "…";
  const begun = performance.now();
  const response = await send("application/sparql-results+json, text/turtle;q=0.9");
  const raw = await response.text();
  const took = `${Math.round(performance.now() - begun)} ms`;
  if (!response.ok) {
    const problem = JSON.parse(raw);
    byId("status").textContent = `${problem.title}: ${problem.detail}`;
    byId("result-tools").hidden = true;
    mark(problem.position);
    return;
  }
  const json = response.headers.get("Content-Type").includes("json") ? JSON.parse(raw) : null;
  current = { json, text: json ? JSON.stringify(json, null, 1) : raw };
  byId("status").textContent = json?.results ? `${json.results.bindings.length} · ${took}` : took;
  byId("format").replaceChildren(...Object.keys(json ? TABLES : GRAPHS).map((name) => new Option(name, name)));
  byId("result-tools").hidden = false;
  show("table");
}

async function download() {
  const name = byId("format").value;
  const response = await send({ ...TABLES, ...GRAPHS }[name]);
  const address = URL.createObjectURL(await response.blob());
  Object.assign(document.createElement("a"), { href: address, download: `results.${ENDINGS[name]}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function begin() {
  const shared = new URLSearchParams(location.hash.slice(1)).get("query");
  const saved = shared ?? localStorage.getItem(STORAGE_KEY);
  if (saved) {
    area.value = saved;
  }
  await upgrade();
  save();
  area.addEventListener("input", save);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  byId("download").addEventListener("click", download);
  for (const button of document.querySelectorAll("button[data-view]")) {
    button.addEventListener("click", () => show(button.dataset.view));
  }
  byId("saved").addEventListener("change", async (event) => {
    if (event.target.value) {
      const response = await fetch(event.target.dataset.address + event.target.value);
      setQuery((await response.text()).replace(/^(#\+.*\n)+\n?/, ""));
      save();
    }
  });
}

begin();
