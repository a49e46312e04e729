// Runs the script of a page with npm's ws and the few parts of a document that it uses.
// usage: page_runner.mjs PAGE.html HOST:PORT    prints each line the page shows; a line on stdin is typed and sent.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import vm from "node:vm";
import { webcrypto } from "node:crypto";
import WebSocket from "ws";

const [page, host] = process.argv.slice(2);
const script = /<script>\n(.*?)<\/script>/s.exec(readFileSync(page, "utf8"))[1];
const elements = {};
const element = () => ({ textContent: "", value: "", prepend: (line) => console.log(line.textContent) });
const byId = (id) => (elements[id] ??= element());

// A browser's WebSocket reports a failed connection by "close" alone.
class BrowserSocket extends WebSocket {
  constructor(...parts) {
    super(...parts);
    this.on("error", () => {});
  }
}

vm.runInNewContext(script, {
  URLSearchParams, WebSocket: BrowserSocket, setTimeout, Math, JSON, crypto: webcrypto,
  location: { search: `?node=${host}&job=demo` },
  document: { getElementById: byId, createElement: element },
});
createInterface({ input: process.stdin }).on("line", (text) => {
  byId("text").value = text;
  byId("send").onsubmit({ preventDefault() {} });
});
