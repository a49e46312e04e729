// Posts the requests of a work file one after another, each until it is told what became of it.
// usage: http_producer.mjs ENDPOINTS.json WORK.ndjson
// A line of the work file: {"headers": {..}, "body": "text"}. Prints a line for each answer: {"at", "status", "tries"}.
import { readFileSync } from "node:fs";
import http from "node:http";

const [endpoints, workFile] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function post(headers, body) {
  return new Promise((resolve, reject) => {
    const base = JSON.parse(readFileSync(endpoints, "utf8")).http;
    const options = { method: "POST", headers, agent, timeout: 10_000 };
    const request = http.request(`${base}/api/v1/events`, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => resolve({ status: answer.statusCode, text }));
      answer.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", reject);
    request.end(body);
  });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let at = 0;
for (const line of readFileSync(workFile, "utf8").split("\n").filter(Boolean)) {
  const { headers, body } = JSON.parse(line);
  for (let tries = 1; ; ++tries) {
    try {
      const answer = await post(headers, body);
      if (answer.status < 400) {
        console.log(JSON.stringify({ at, status: answer.status, tries }));
        break;
      }
      if (![429, 503].includes(answer.status)) throw new Error(`refused: ${answer.status} ${answer.text}`);
    } catch (error) {
      if (error.message.startsWith("refused")) {
        console.error(error.message);
        process.exit(1);
      }
    }
    await pause(50); // the node is down: ask again with the same id
  }
  at += 1;
}
process.exit(0);
