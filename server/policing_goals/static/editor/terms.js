// RDF terms: of SPARQL results in JSON, of N-Triples, and as they are written in a query.
const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMERIC = new Set(["integer", "decimal", "double", "float", "nonNegativeInteger", "int", "long"].map((name) => XSD + name));
const TERM = String.raw`<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^>]*>)?`;
const STATEMENT = new RegExp(String.raw`^(${TERM})\s+(<[^>]*>)\s+(${TERM})\s*\.$`);
const LITERAL = /^"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?$/;
const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g;
const ESCAPED = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

function unescape(text) {
  return text.replace(ESCAPE, (_, short, long, character) =>
    character ? (ESCAPED[character] ?? character) : String.fromCodePoint(parseInt(short ?? long, 16)),
  );
}

function parseTerm(text) {
  if (text.startsWith("<")) {
    return { type: "uri", value: unescape(text.slice(1, -1)) };
  }
  if (text.startsWith("_:")) {
    return { type: "bnode", value: text.slice(2) };
  }
  const [, value, language, datatype] = LITERAL.exec(text);
  return { type: "literal", value: unescape(value), "xml:lang": language, datatype };
}

// The triples of a text in N-Triples; a line of another form, such as one with a triple term, is left out.
export function parseTriples(text) {
  return text
    .split("\n")
    .map((line) => STATEMENT.exec(line.trim()))
    .filter(Boolean)
    .map(([, ...terms]) => terms.map(parseTerm));
}

export function isNumeric(term) {
  return NUMERIC.has(term?.datatype);
}

// The order of two terms in a column: unbound first, numbers by value, else by their text.
export function compareTerms(one, other) {
  if (!one || !other) {
    return (one ? 1 : 0) - (other ? 1 : 0);
  }
  if (isNumeric(one) && isNumeric(other)) {
    return Number(one.value) - Number(other.value);
  }
  return one.value.localeCompare(other.value, document.documentElement.lang, { numeric: true });
}

// The longest namespace that an IRI begins with, as prefix:name; else the IRI.
export function shorten(iri, prefixes) {
  let found = iri;
  let length = 0;
  for (const [prefix, namespace] of Object.entries(prefixes)) {
    if (namespace.length > length && iri.startsWith(namespace) && /^[\w.-]*$/.test(iri.slice(namespace.length))) {
      [found, length] = [`${prefix}:${iri.slice(namespace.length)}`, namespace.length];
    }
  }
  return found;
}
