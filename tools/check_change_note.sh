#!/usr/bin/env bash
# A change of src/ or config/ comes with a note for users in changes/.
# check_change_note.sh BASE, BASE being the commit where the change started.
set -uo pipefail
cd "$(dirname "$0")/.."

base=${1:-}
[[ $base ]] || exit 0
changed=$(git diff --name-only "$base")
if grep -qE '^(src|config)/' <<< "$changed" && ! grep -qE '^changes/' <<< "$changed"; then
  echo "src/ or config/ changed since ${base:0:10}, but no file in changes/ says so (CONTRIBUTING.md, 'Change notes')"
  exit 1
fi
