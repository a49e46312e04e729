// Sends events in every HTTP mode with npm's cloudevents and prints one JSON line for each answer.
import { CloudEvent, HTTP } from "cloudevents";

const url = process.argv[2];
const payload = { itemId: "i1", score: 0.93, text: 'größe \u2028 "quoted"' };

function make(job, number, data, more = {}) {
  return new CloudEvent({
    id: `${job}-${number}`,
    source: "/tests/npm",
    type: "com.example.analyzed",
    time: "2026-01-02T03:04:05.678Z",
    partitionkey: job,
    data,
    ...more,
  });
}

async function post(mode, headers, body) {
  const answer = await fetch(url, { method: "POST", headers, body });
  console.log(JSON.stringify({ mode, status: answer.status, body: await answer.text() }));
}

async function send(mode, message) {
  await post(mode, message.headers, message.body);
}

await send("binary", HTTP.binary(make("ce-binary", 1, payload)));
await send("structured", HTTP.structured(make("ce-structured", 1, payload)));
const batch = [1, 2, 3].map((n) => make("ce-batch", n, { n }).toJSON());
await post("batch", { "content-type": "application/cloudevents-batch+json" }, JSON.stringify(batch));
await send("text", HTTP.structured(make("ce-text", 1, "just text", { datacontenttype: "text/plain" })));
const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
await send("bytes", HTTP.structured(make("ce-bytes", 1, bytes, { datacontenttype: "application/octet-stream" })));
await send("extensions", HTTP.binary(make("ce-extensions", 1, payload, { myextension: "hello" })));
