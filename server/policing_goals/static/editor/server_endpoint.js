// Queries answered by the server's endpoint.

// A larger result is not read into the page; the file has all.
const MOST_BYTES = 32 * 2 ** 20;

export class ServerEndpoint {
  constructor(address) {
    this.address = address;
  }

  // The reply to a query: its media type, and its text, or null if it is too large for a page. Throws a Problem.
  async run(query, accept, signal) {
    const response = await this.#send(query, accept, signal);
    const mediaType = response.headers.get("Content-Type").split(";")[0];
    if (Number(response.headers.get("Content-Length")) > MOST_BYTES) {
      await response.body.cancel();
      return { mediaType, text: null };
    }
    return { mediaType, text: await response.text() };
  }

  async file(query, accept) {
    return (await this.#send(query, accept)).blob();
  }

  async #send(query, accept, signal) {
    const body = new URLSearchParams({ query });
    const response = await fetch(this.address, { method: "POST", body, signal, headers: { Accept: accept } });
    if (!response.ok) {
      throw new Problem(await response.json());
    }
    return response;
  }
}

// What a server says of a query that it does not answer (RFC 9457).
export class Problem extends Error {
  constructor({ title, detail, position }) {
    super(title && detail ? `${title}: ${detail}` : (title ?? detail));
    this.position = position;
  }
}
