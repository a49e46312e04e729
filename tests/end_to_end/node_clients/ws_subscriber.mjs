// Follows jobs with npm's ws over one connection, resumes by epoch and seq, writes down every event as it came.
// usage: ws_subscriber.mjs ENDPOINTS.json OUT.ndjson JOB...
// Lines: {"job", "epoch"} at each subscription, {"job", "raw": "<text>"} for each event, {"job", "gap": {..}}.
import { appendFileSync, readFileSync } from "node:fs";
import WebSocket from "ws";

const [endpoints, out, ...jobs] = process.argv.slice(2);
const positions = new Map();

function write(line) {
  appendFileSync(out, JSON.stringify(line) + "\n");
}

function connect() {
  let socket;
  try {
    const base = JSON.parse(readFileSync(endpoints, "utf8")).http;
    socket = new WebSocket(base.replace("http", "ws") + "/api/v1/ws", ["weir.v1.json"]);
  } catch {
    setTimeout(connect, 50); // no endpoints yet
    return;
  }
  const subs = new Map();
  const asked = new Map();
  let numbers = 1;
  const send = (message) => socket.send(JSON.stringify(message));
  socket.on("open", () => {
    send({ op: "connect", id: numbers++, client: { name: "npm-ws", version: "8" } });
    for (const job of jobs) {
      asked.set(numbers, job);
      const after = positions.get(job) ?? "earliest";
      send({ op: "subscribe", id: numbers++, job, after, window: 128, ack: "client" });
    }
  });
  socket.on("message", (content) => {
    const raw = content.toString("utf8");
    const frame = JSON.parse(raw);
    if (frame.ping) return send({ pong: 1 });
    if (frame.re !== undefined && asked.has(frame.re)) {
      const job = asked.get(frame.re);
      if (frame.err) throw new Error(`${job}: ${raw}`);
      subs.set(frame.ok.sub, job);
      const known = positions.get(job);
      positions.set(job, { epoch: frame.ok.epoch, seq: known?.seq ?? 0 });
      return write({ job, epoch: frame.ok.epoch, from: known?.seq ?? 0 });
    }
    if (frame.gap !== undefined) return write({ job: subs.get(frame.gap), gap: frame });
    if (frame.ev === undefined) return undefined;
    const job = subs.get(frame.ev);
    positions.get(job).seq = frame.seq;
    write({ job, raw });
    if (frame.seq % 32 === 0) send({ op: "ack", sub: frame.ev, seq: frame.seq });
    return undefined;
  });
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => setTimeout(connect, 50));
}

connect();
