#!/usr/bin/env bash
# clang-tidy over the sources named, or with --all over every layer that does
# not include Beast (a unit with Beast takes minutes). What was clean and has
# not changed since is not looked at again.
set -uo pipefail
cd "$(dirname "$0")/.."

# Builds compile several sources as one; clang-tidy wants to know each.
commands=${WEIR_COMMANDS:-build/commands/compile_commands.json}
[[ ${WEIR_COMMANDS:-} ]] || cmake -S . -B build/commands -G Ninja -DCMAKE_BUILD_TYPE=Release -DWEIR_UNITY=OFF \
  > build/configure-commands.txt 2>&1 || {
  cat build/configure-commands.txt
  exit 1
}
if [[ ${1:-} == --all ]]; then
  mapfile -t units < <(find src/domain src/telemetry src/storage src/actors src/app -name '*.cpp' | sort)
else
  units=("$@")
fi
((${#units[@]})) || exit 0

stamps=build/tidy
mkdir -p "$stamps"
# ccache in front of the compiler would confuse clang-tidy.
sed -E 's#"command": "[^ ]*ccache #"command": "#' "$commands" > "$stamps/compile_commands.json"
world=$( (find src tests -name '*.hpp' -print0 | sort -z | xargs -0 cat; cat .clang-tidy tests/.clang-tidy) | sha256sum)

tidy() {
  local unit=$1 stamp
  stamp="$stamps/$( (echo "$world $unit"; cat "$unit") | sha256sum | cut -c 1-32).clean"
  [[ -f $stamp ]] && return 0
  grep -q "/$unit\"" "$commands" || return 0
  if output=$(clang-tidy --quiet -p "$stamps" "$unit" 2> /dev/null); then
    touch "$stamp"
  else
    printf '%s\n' "$output"
    return 1
  fi
}
export -f tidy
export stamps world commands
printf '%s\0' "${units[@]}" | xargs -0 -n 1 -P "${WEIR_JOBS:-2}" bash -c 'tidy "$1"' _
