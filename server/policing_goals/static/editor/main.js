// The query editor: a box with tabs and completion, examples and terms beside it, and the result below it.
import { Completion } from "./completion.js";
import { byId } from "./dom.js";
import { LocalEndpoint } from "./local_endpoint.js";
import { indented, QueryBox } from "./query_box.js";
import { ACCEPTED, ResultView } from "./result_view.js";
import { Problem, ServerEndpoint } from "./server_endpoint.js";
import { installExamples, installTerms } from "./sidebar.js";
import { Site } from "./site.js";
import { History, Tabs } from "./tabs.js";
import { words } from "./words.js";

const form = byId("run");
const status = byId("status");
const { terms, dump, chart, ending, label } = form.dataset;
const prefixes = JSON.parse(byId("prefixes").textContent);
const endpoint = dump ? new LocalEndpoint(dump) : new ServerEndpoint(form.action);
const site = new Site(endpoint, prefixes, ending);
const view = new ResultView(endpoint, site, chart);
const completion = new Completion(terms);
const declare = (prefix, namespace) => box.declare(prefix, namespace);
const box = new QueryBox(byId("query"), label, { complete: (editor) => completion.offer(editor, declare), run });
const tabs = new Tabs(box.text, load);
const history = new History((query) => tabs.add(query));
// The request that is under way.
let running = null;

function load(text) {
  box.text = text;
  remember();
}

function remember() {
  tabs.keep(box.text);
  byId("share").href = `#query=${encodeURIComponent(box.text)}`;
}

// A term with a known prefix that is not declared yet declares it.
function declareUsed() {
  const code = box.text.replace(/<[^<>\s]*>|"(?:[^"\\\n]|\\.)*"|#.*$/gm, "");
  for (const [, prefix] of code.matchAll(/(?<![\w:?$-])([a-z][\w-]*):(?=[A-Za-z_])/g)) {
    if (prefixes[prefix] && !new RegExp(String.raw`^\s*PREFIX\s+${prefix}:`, "im").test(box.text)) {
      box.declare(prefix, prefixes[prefix]);
    }
  }
}

async function run() {
  running?.abort();
  const own = new AbortController();
  running = own;
  declareUsed();
  const query = box.text;
  view.clear();
  byId("stop").hidden = false;
  status.textContent = "…";
  const begun = performance.now();
  const clock = setInterval(() => {
    status.textContent = `… ${Math.round((performance.now() - begun) / 1000)} s`;
  }, 1000);
  try {
    const reply = await endpoint.run(query, ACCEPTED, own.signal);
    if (running === own) {
      status.textContent = view.show(query, reply, performance.now() - begun);
      history.add(query, view.count);
    }
  } catch (error) {
    if (running === own) {
      tell(error);
    }
  } finally {
    clearInterval(clock);
    if (running === own) {
      running = null;
      byId("stop").hidden = true;
    }
  }
}

function tell(error) {
  if (error.name === "AbortError") {
    status.textContent = words.stopped;
  } else if (error instanceof Problem) {
    status.textContent = error.message;
    box.mark(error.position);
  } else {
    status.textContent = `${words.unreachable} (${error.message})`;
  }
}

function fromSaved({ name, href }) {
  const link = byId("from");
  link.hidden = false;
  Object.assign(link, { href, textContent: `${words.saved}: ${name}` });
}

function begin() {
  box.onChange(remember);
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.get("query")) {
    if (given.get("query") !== tabs.text) {
      tabs.add(given.get("query"));
    }
    if (given.get("saved")) {
      fromSaved({ name: given.get("saved"), href: given.get("page") ?? `queries/${given.get("saved")}.html` });
    }
  }
  load(tabs.text);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  byId("stop").addEventListener("click", () => running?.abort());
  byId("tidy").addEventListener("click", () => load(indented(box.text)));
  byId("wide").addEventListener("click", () => {
    document.body.classList.toggle("full-width");
    box.refresh();
  });
  byId("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : byId("main").requestFullscreen()));
  for (const tool of document.querySelectorAll("[data-script]")) {
    tool.hidden = false;
  }
  installExamples((text, saved) => {
    tabs.add(text);
    fromSaved(saved);
  });
  installTerms(endpoint, prefixes, (term) => box.insert(term));
  form.querySelector("button").disabled = false;
}

begin();
