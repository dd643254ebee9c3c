// Arguments: the root of the site, a table of queries (name, form, number of results, file). Prints the name of each case and what came of it.
import { readFile } from "node:fs/promises";
import { QueryEngine } from "@comunica/query-sparql";
import jsonld from "jsonld";

const root = process.argv[2];
const endpoint = `${root}/sparql`;
const GPGO = "https://w3id.org/global-policing-goals/ontology#";
const engine = new QueryEngine();
const sources = [{ type: "sparql", value: endpoint }];

async function report(name, check) {
  let outcome;
  try {
    outcome = (await check()) ? "" : "another result";
  } catch (error) {
    outcome = String(error.message ?? error).replace(/\s+/g, " ").slice(0, 300);
  }
  console.log(`${name}\t${outcome}`);
}

const rows = async (query, from = sources) => (await engine.queryBindings(query, { sources: from })).toArray();

await report("Comunica: SELECT", async () => (await rows(`SELECT ?g { ?g a <${GPGO}Goal> } ORDER BY ?g`)).length === 7);
await report("Comunica: COUNT", async () => {
  const [row] = await rows(`SELECT (COUNT(*) AS ?n) { ?o a <${GPGO}Objective> }`);
  return row.get("n").value === "38";
});
await report("Comunica: OPTIONAL and FILTER", async () => {
  const found = await rows(`SELECT ?g ?l { ?g a <${GPGO}Goal> OPTIONAL { ?g <http://www.w3.org/2004/02/skos/core#prefLabel> ?l FILTER(LANG(?l) = "ar") } }`);
  return found.length === 7 && found.every((row) => row.get("l").language === "ar");
});
await report("Comunica: ASK", async () => engine.queryBoolean(`ASK { ?g a <${GPGO}Goal> }`, { sources }));
await report("Comunica: CONSTRUCT", async () => {
  const quads = await engine.queryQuads(`CONSTRUCT WHERE { ?g a <${GPGO}Goal> }`, { sources });
  return (await quads.toArray()).length === 7;
});
await report("Comunica: the endpoint beside a document", async () => {
  const from = [...sources, `${root}/goal-1`];
  return (await rows("SELECT DISTINCT ?l { <https://w3id.org/global-policing-goals/goal-1> <http://www.w3.org/2004/02/skos/core#prefLabel> ?l }", from)).length === 4;
});
for (const line of (await readFile(process.argv[3], "utf-8")).trimEnd().split("\n")) {
  const [name, form, number, file] = line.split("\t");
  const text = await readFile(file, "utf-8");
  await report(`Comunica: ${name}`, async () => {
    if (form === "ASK") return (await engine.queryBoolean(text, { sources })) === (number === "1");
    const found = form === "SELECT" ? await rows(text) : await (await engine.queryQuads(text, { sources })).toArray();
    if (found.length !== Number(number)) throw new Error(`${found.length} results instead of ${number}`);
    return true;
  });
}
for (const name of ["goal-1", "objective-6.2", "link-objective-6.2-sdg-16.4", "ontology"]) {
  await report(`jsonld.js: ${name} says what its N-Triples say`, async () => {
    const response = await fetch(`${root}/${name}.jsonld`);
    const nquads = await jsonld.toRDF(await response.json(), { format: "application/n-quads" });
    const ntriples = await (await fetch(`${root}/${name}.nt`)).text();
    const lines = (text) => text.split("\n").filter(Boolean).sort().join("\n");
    // JSON-LD 1.1 writes doubles in their canonical form: 7.5E-1.
    const plain = (text) => text.replace(/"([^"]*)"(?=\^\^<[^>]*#double>)/g, (_, value) => `"${Number(value)}"`);
    return lines(plain(nquads)) === lines(plain(ntriples));
  });
}
