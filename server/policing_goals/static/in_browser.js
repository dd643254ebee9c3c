// SPARQL evaluated in the browser, by Oxigraph in WebAssembly, on the dump of the graph.
import init, { Store } from "./bundle/oxigraph.js";
import { asTable, asText } from "./table.js";

const form = document.getElementById("run");
const status = document.getElementById("status");
const results = document.getElementById("results");
let loading;

async function open() {
  const [, response] = await Promise.all([init(), fetch(form.dataset.dump)]);
  if (!response.ok) {
    throw new Error(`${response.status} ${response.statusText}: ${response.url}`);
  }
  const text = await response.text();
  const store = new Store();
  store.load(text, { format: "application/n-quads", no_transaction: true });
  return store;
}

function render(result) {
  if (typeof result === "boolean") {
    return asText(String(result));
  }
  if (result.length && !(result[0] instanceof Map)) {
    return asText(result.map((quad) => `${quad} .`).join("\n"));
  }
  const columns = result.length ? [...new Set(result.flatMap((row) => [...row.keys()]))] : [];
  return asTable(columns, result.map((row) => (column) => row.get(column)));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  results.replaceChildren();
  status.textContent = "…";
  try {
    loading ??= open().catch((error) => {
      // The next click tries again.
      loading = undefined;
      throw error;
    });
    const store = await loading;
    const begun = performance.now();
    const result = store.query(document.getElementById("query").value, { use_default_graph_as_union: true });
    status.textContent = `${result.length ?? ""} · ${Math.round(performance.now() - begun)} ms`;
    results.replaceChildren(render(result));
  } catch (error) {
    status.textContent = String(error.message ?? error);
  }
});
form.querySelector("button").disabled = false;
