// Queries answered in the browser, by Oxigraph in WebAssembly in a worker, on the dump of the graph.
import { Problem } from "./server_endpoint.js";

export class LocalEndpoint {
  #worker = null;
  #number = 0;
  #waiting = new Map();

  constructor(dump) {
    this.dump = new URL(dump, location.href).href;
  }

  async run(query, accept, signal) {
    const reply = await this.#ask(query, accept, signal);
    return { mediaType: reply.mediaType, text: reply.text };
  }

  async file(query, accept) {
    const { text, mediaType } = await this.#ask(query, accept);
    return new Blob([text], { type: mediaType });
  }

  #ask(query, accept, signal) {
    this.#worker ??= this.#start();
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      // A query cannot be stopped within Oxigraph: the worker ends, and the next query loads the graph again.
      signal?.addEventListener("abort", () => this.#stop(new DOMException("stopped", "AbortError")));
      this.#worker.postMessage({ number, query, accept, dump: this.dump });
    });
  }

  #start() {
    const worker = new Worker(new URL("./local_worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      const waiting = this.#waiting.get(data.number);
      this.#waiting.delete(data.number);
      if (data.error === undefined) {
        waiting?.resolve(data);
      } else {
        waiting?.reject(new Problem({ detail: data.error }));
      }
    });
    worker.addEventListener("error", (event) => this.#stop(new Problem({ detail: event.message })));
    return worker;
  }

  #stop(reason) {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) {
      reject(reason);
    }
    this.#waiting.clear();
  }
}
