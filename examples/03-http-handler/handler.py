#!/usr/bin/env python3
"""Adds up the orders of each job: Weir asks, this answers. SECRET and PORT come from the environment."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import time

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = f'{self.headers["webhook-id"]}.{self.headers["webhook-timestamp"]}.'.encode() + body
        right = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        given = self.headers["webhook-signature"].split()
        is_fresh = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        if not is_fresh or not any(hmac.compare_digest(right, one) for one in given):
            return self.answer(503, {"code": "bad-signature"})  # our secret may be the wrong one: try again later
        event = json.loads(body)
        amount = event["data"].get("amount")
        if not isinstance(amount, (int, float)):
            return self.answer(422, {"code": "bad-amount", "detail": "amount must be a number"})
        total = json.loads(event.get("weirstate", "0")) + amount
        self.answer(200, {"state": total, "put": {event["weirjobid"]: {"total": total}},
                          "emit": [{"type": "total.changed", "data": {"total": total}}]})

    def answer(self, status, document):
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Handler).serve_forever()
