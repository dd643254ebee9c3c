// The answer of a SELECT or ASK as a table, and of a CONSTRUCT or DESCRIBE as text.
// Other schemes, such as javascript:, can run a script on the page.
const LINKED = /^(https?:\/\/|mailto:|urn:)/;

function linked(iri) {
  const made = document.createElement(LINKED.test(iri) ? "a" : "span");
  made.textContent = iri;
  if (made instanceof HTMLAnchorElement) {
    made.href = iri;
  }
  return made;
}

function cell(term) {
  const made = document.createElement("td");
  if (!term) {
    return made;
  }
  if (term.type === "uri" || term.termType === "NamedNode") {
    made.append(linked(term.value));
  } else {
    made.textContent = term.value;
    const language = term["xml:lang"] ?? term.language;
    if (language) {
      made.lang = language;
      made.dir = "auto";
    }
  }
  return made;
}

export function asTable(columns, rows) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const made = document.createElement("th");
    made.scope = "col";
    made.textContent = column;
    head.append(made);
  }
  const body = table.createTBody();
  for (const row of rows) {
    body.insertRow().append(...columns.map((column) => cell(row(column))));
  }
  return table;
}

export function asText(text) {
  const made = document.createElement("pre");
  made.textContent = text;
  made.tabIndex = 0;
  return made;
}
