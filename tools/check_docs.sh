#!/usr/bin/env bash
# The generated documents equal what the binary prints.
set -uo pipefail
cd "$(dirname "$0")/.."

weir=${WEIR_BINARY:-build/release/weir}
[[ -x $weir ]] || {
  echo "$weir is missing; build it first: ./dev build"
  exit 1
}

status=0
# same FILE COMMAND...
same() {
  local file=$1
  shift
  if ! difference=$(diff -u "$file" <("$weir" "$@") 2>&1); then
    echo "$file is not what '$weir $*' prints:"
    head -n 20 <<< "$difference"
    status=1
  fi
}

same config/weir.example.toml config default
same docs/configuration.md config docs
same docs/metrics.md docs metrics
same docs/errors.md docs errors
exit $status
