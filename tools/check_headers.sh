#!/usr/bin/env bash
# Every header compiles when it is the only one: it includes what it uses.
# check_headers.sh [FOLDER...], by default src and tests.
set -uo pipefail
cd "$(dirname "$0")/.."

out=build/headers
mkdir -p "$out"
launcher=()
command -v ccache > /dev/null && launcher=(ccache)

compile() {
  local header=$1 name=${1//\//_}
  local from=${header#src/} unit="$out/${name%.hpp}.cpp"
  from=${from#tests/}
  # Written once, so that ccache knows it again.
  [[ -f $unit ]] || printf '#define CAF_SUITE header\n#include "%s"\n' "$from" > "$unit"
  "${launcher[@]}" g++ -std=c++20 -w -O0 -Isrc -Itests -DBOOST_ASIO_SEPARATE_COMPILATION \
    -DBOOST_BEAST_SEPARATE_COMPILATION -DBOOST_ASIO_NO_DEPRECATED -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL \
    -DCAF_ENABLE_TYPE_ID_CHECKS -c "$unit" -o "${unit%.cpp}.o" || {
    echo "$header:1: does not compile on its own"
    return 1
  }
}
export -f compile
export out launcher

# Arrays are not exported; the launcher is one word or none.
folders=("$@")
((${#folders[@]})) || folders=(src tests)
# Contracts of stores are suites that stand inside of a fixture's scope.
find "${folders[@]}" -name '*.hpp' -not -path '*/node_modules/*' -not -name "*_contract.hpp" -not -name "*_contract_asked.hpp" -print0 | sort -z \
  | launcher_word="${launcher[*]}" xargs -0 -r -n 1 -P 2 bash -c 'launcher=(${launcher_word:-}); compile "$1"' _
