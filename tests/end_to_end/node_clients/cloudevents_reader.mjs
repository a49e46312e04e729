// Reads requests, one JSON line each, as CloudEvents with npm's `cloudevents`, and prints them validated.
import { HTTP } from "cloudevents";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const event = HTTP.toEvent(JSON.parse(line));
  event.validate();
  console.log(JSON.stringify(event.toJSON()));
}
