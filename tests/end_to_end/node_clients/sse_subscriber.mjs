// Follows jobs with npm's eventsource, which resumes with Last-Event-ID by itself; the address must stay the same.
// usage: sse_subscriber.mjs BASE-URL OUT.ndjson JOB...
// Lines: {"job", "id", "event", "raw": "<the text of data>"}.
import { appendFileSync } from "node:fs";
import { EventSource } from "eventsource";

const [base, out, ...jobs] = process.argv.slice(2);

function follow(job) {
  const source = new EventSource(`${base}/api/v1/stream?job=${encodeURIComponent(job)}&after=earliest`);
  const write = (message) =>
    appendFileSync(
      out,
      JSON.stringify({ job, id: message.lastEventId, event: message.type, raw: message.data }) + "\n",
    );
  for (const type of ["webhook", "sysmon", "gap", "reset"]) source.addEventListener(type, write);
  source.onerror = () => {
    // The package gives up after an answer that is no stream; a browser page would make a new one too.
    if (source.readyState === EventSource.CLOSED) {
      source.close();
      throw new Error(`the stream of ${job} was closed for good`);
    }
  };
}

jobs.forEach(follow);
setInterval(() => {}, 1 << 30);
