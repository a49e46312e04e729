#!/usr/bin/python3
"""Adds up the scores of one job's items; survives restarts of itself and of the node.

usage: follow.py JOB [--endpoint ws://127.0.0.1:7070] [--books books.json] [--until COUNT]
"""
import argparse
import asyncio
import json
import os
import random

import websockets

FOR_GOOD = range(4500, 5000)  # close codes after which a client shall not come back


class Books:
    """Total and position in one file: a crash leaves the state of before or of after an event, never a mixture."""

    def __init__(self, path):
        self.path = path
        self.content = {"position": None, "events": 0, "total": 0}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.content = json.load(file)

    def enter(self, epoch, event):
        if event["type"] == "item.analyzed":
            self.content["events"] += 1
            self.content["total"] += event["data"]["score"]
        self.content["position"] = {"epoch": epoch, "seq": event["seq"]}
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.path + ".new", self.path)


async def follow(options, books):
    """One connection: from the stored position until the connection ends or enough events were entered."""
    async with websockets.connect(options.endpoint + "/api/v1/ws", subprotocols=["weir.v1.json"]) as socket:
        async def ask(number, **request):
            await socket.send(json.dumps({"id": number, **request}))
            while True:
                frame = json.loads(await socket.recv())
                if frame.get("re") == number:
                    if "err" in frame:
                        raise SystemExit(f"refused: {frame['err']['code']}: {frame['err']['message']}")
                    return frame["ok"]

        await ask(1, op="connect", client={"name": "follow.py", "version": "1"})
        position = books.content["position"] or "earliest"
        ok = await ask(2, op="subscribe", job=options.job, after=position, window=64, ack="client")
        if ok["recovering"] and not ok["recovered"]:
            raise SystemExit(f"the stream is another one (epoch {ok['epoch']}): the books cannot be continued")
        print(f"following {options.job} behind {position}", flush=True)
        async for text in socket:
            frame = json.loads(text)
            if "ping" in frame:
                await socket.send('{"pong":1}')
            elif "gap" in frame:
                raise SystemExit(f"numbers {frame['from']} to {frame['to']} are gone: {frame['reason']}")
            elif "ev" in frame:
                books.enter(ok["epoch"], frame)
                await socket.send(json.dumps({"op": "ack", "sub": ok["sub"], "seq": frame["seq"]}))
                if options.until and books.content["events"] >= options.until:
                    return True
    return False


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job")
    parser.add_argument("--endpoint", default="ws://127.0.0.1:7070")
    parser.add_argument("--books", default="books.json")
    parser.add_argument("--until", type=int, default=0, help="end after this many items; 0: never")
    options = parser.parse_args()
    books = Books(options.books)
    delay = 0.5
    while True:
        try:
            if await follow(options, books):
                print(f"{books.content['events']} events, total {books.content['total']}")
                return
            delay = 0.5
        except websockets.ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 1006
            if code in FOR_GOOD:
                raise SystemExit(f"closed for good: {code}") from closed
            print(f"disconnected ({code})", flush=True)
        except (OSError, websockets.InvalidHandshake) as error:
            # Nobody listens yet, or somebody who says 503 because the start is not over.
            print(f"no node: {error}", flush=True)
        await asyncio.sleep(random.uniform(0, delay))
        delay = min(delay * 2, 20)


if __name__ == "__main__":
    asyncio.run(main())
