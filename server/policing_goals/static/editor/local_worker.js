// The worker of the query editor on plain files: holds the graph, and answers one query after the other.
import init, { Store } from "../bundle/oxigraph.js";

let loading;

async function load(dump) {
  const [, response] = await Promise.all([init(), fetch(dump)]);
  if (!response.ok) {
    throw new Error(`${response.status} ${response.statusText}: ${response.url}`);
  }
  const store = new Store();
  store.load(await response.text(), { format: "application/n-quads", no_transaction: true });
  return store;
}

// The media type that a request accepts for a result of this form: the first of those for it.
function formatOf(query, accept) {
  const accepted = accept.split(",").map((part) => part.split(";")[0].trim());
  const bare = query.replace(/<[^>]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, " ").replace(/#.*$/gm, "");
  const isGraph = /\b(?:CONSTRUCT|DESCRIBE)\b/i.test(bare);
  const forGraphs = /turtle|triples|rdf\+xml|ld\+json/;
  return accepted.find((each) => forGraphs.test(each) === isGraph) ?? accepted[0];
}

addEventListener("message", async ({ data: { number, query, accept, dump } }) => {
  try {
    loading ??= load(dump).catch((error) => {
      // The next query tries again.
      loading = undefined;
      throw error;
    });
    const store = await loading;
    const mediaType = formatOf(query, accept);
    const text = store.query(query, { use_default_graph_as_union: true, results_format: mediaType });
    postMessage({ number, mediaType, text });
  } catch (error) {
    postMessage({ number, error: String(error.message ?? error) });
  }
});
