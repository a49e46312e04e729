#!/bin/sh
# Kills the client and the node and shows that the client's books agree. usage: WEIR=/path/to/weir ./run.sh
set -eu
WEIR=${WEIR:-weir}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
node=
client=
finish() {
  if [ -n "$client" ]; then kill -9 "$client" 2>/dev/null || true; fi
  if [ -n "$node" ]; then kill -9 "$node" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

# Waits until the command succeeds, for 30 seconds at most.
await() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || { echo "gave up waiting for: $*" >&2; exit 1; }
    sleep 0.1
  done
}

ready() {
  http=$(sed -n "s/.*\"http\" *: *\"\([^\"]*\)\".*\"pid\" *: *$node[^0-9].*/\1/p" "$work/data/endpoints.json" 2>/dev/null)
  [ -n "$http" ] && curl -fs -o "$work/ready" "$http/readyz"
}

start_node() {
  "$WEIR" serve --node.data_dir "$work/data" --http.listen "${1:-127.0.0.1:0}" --admin.listen 127.0.0.1:0 \
    >>"$work/node.log" 2>&1 &
  node=$!
  await ready
}

start_client() {
  "$here/follow.py" demo --endpoint "ws://${http#http://}" --books "$work/books.json" --until 90 &
  client=$!
}

send() { # from, to: scores are the numbers themselves
  n=$1
  while [ "$n" -lt "$2" ]; do
    curl -fs -o "$work/answer" "$http/api/v1/events" -H 'Content-Type: application/json' \
      -d "{\"jobId\":\"demo\",\"type\":\"item.analyzed\",\"id\":\"e$n\",\"data\":{\"itemId\":\"i$n\",\"score\":$n}}"
    n=$((n + 1))
  done
}

entered() { [ -f "$work/books.json" ] && grep -q '"events": [1-9]' "$work/books.json"; }

start_node
start_client
send 0 30
await entered
kill -9 "$client"
echo "client killed; sending 30 more events that it does not see"
send 30 60
start_client
kill -9 "$node"
wait "$node" || true
echo "node killed; starting it again on the same address"
start_node "${http#http://}"
send 60 90
wait "$client"
client=
grep -q '"events": 90, "total": 4005}' "$work/books.json" || { cat "$work/books.json"; exit 1; }
echo "books agree: 90 events, total 4005"
