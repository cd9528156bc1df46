#!/usr/bin/env bash
# Sets up, builds and tests Tideline on a fresh checkout of Debian 12.
#
#   tests/run.sh                  everything but the long tests
#   tests/run.sh --unit           only the unit tests
#   tests/run.sh --long           everything: the long tests and the sanitizers too
#   tests/run.sh --lint           only format, include direction and clang-tidy
#   tests/run.sh --fuzz MINUTES   only the fuzz targets, MINUTES each
#
# Format and include direction are always checked. It ends with the list of what was skipped, which
# may hold nothing but `cuda` where CI is set, and the line `N passed, N failed, N skipped`. The
# exit status is 1 where anything failed.
# shellcheck disable=SC2317  # sections are called by name
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

mode=default
fuzz_seconds=30
case ${1-} in
  '') ;;
  --unit | --long | --lint) mode=${1#--} ;;
  --fuzz)
    mode=fuzz
    [[ ${2-} =~ ^[1-9][0-9]*$ ]] || { echo "run.sh: --fuzz needs a number of minutes" >&2; exit 2; }
    fuzz_seconds=$((60 * $2))
    ;;
  -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  *) echo "run.sh: unknown argument '$1'; see --help" >&2; exit 2 ;;
esac

readonly PYTHON=$PWD/.venv/bin/python
readonly RESULTS=$PWD/build/test-results
export TIDELINE_TEST_MODELS=$PWD/build/models
export TIDELINE_TEST_BY_HAND=$PWD/build/by_hand
export CTEST_OUTPUT_ON_FAILURE=1
export UBSAN_OPTIONS=print_stacktrace=1

# section TITLE FUNCTION [ARGUMENT...]: runs it under its title and says how long it took.
section() {
  local title=$1 begun=$SECONDS status=0
  shift
  printf '\n== %s\n' "$title"
  "$@" || status=$?
  printf -- '-- %s: %d s\n' "$title" $((SECONDS - begun))
  return "$status"
}

record() { echo "$*" >>"$RESULTS/checks"; }

# A section that counts as one test.
check() {
  if section "$@"; then
    record passed "$1"
  else
    record failed "$1"
    return 1
  fi
}

# A section whose tests are counted one by one; it fails by itself only where it could not run them.
tests() {
  section "$@" || record failed "$1"
}

finish() {
  printf '\n%d s in all, and %d s of network\n' $((SECONDS - network)) "$network"
  "${PYTHON:-python3}" tests/tools/results.py "$RESULTS"
  exit
}

# What git tracks; all there is where this is no git checkout.
sources() {
  git ls-files -- "$@" 2>/dev/null ||
    find common protocol partitioner edge cloud tests -name "$1" -o -name "${2-$1}"
}

check_format() {
  sources '*.h' '*.cc' | xargs clang-format-19 --dry-run -Werror
}

check_includes() {
  "$PYTHON" tests/lint/includes.py
}

# build PRESET [TARGET...]: says nothing but warnings and errors.
build() {
  local preset=$1 log=build/$1-configure.log
  shift
  cmake --preset "$preset" >"$log" 2>&1 || { cat "$log"; return 1; }
  ninja -C "build/$preset" --quiet "$@"
}

export_models() {
  "$PYTHON" tests/zoo/export_all.py --out "$TIDELINE_TEST_MODELS" --by-hand "$TIDELINE_TEST_BY_HAND"
}

# run_ctest PRESET LABEL JOBS
run_ctest() {
  local name=$1-$2
  GTEST_OUTPUT=xml:$RESULTS/cases/$name/ ctest --test-dir "build/$1" -L "^$2\$" -j "$3" \
    --output-junit "$RESULTS/ctest-$name.xml"
  grep -q '<testcase' "$RESULTS/ctest-$name.xml"
}

# run_python_tests FOLDER...: the unittest files in each folder.
run_python_tests() {
  local folder report status=0
  mkdir -p "$RESULTS/cases/python"
  for folder in "$@"; do
    echo "$folder"
    report=$RESULTS/cases/python/${folder//\//-}.xml
    "$PYTHON" tests/tools/python_tests.py "$folder" "$report"
    [[ -s $report ]] || status=1
  done
  return "$status"
}

# What a target finds is kept in build/fuzz/corpus; the seeds in tests/fuzz/corpus are only read.
fuzz_one() {
  local fuzzer=$1 name
  name=$(basename "$1" _fuzzer)
  local log=build/fuzz/$name.log
  local -a corpus=("build/fuzz/corpus/$name")
  mkdir -p "${corpus[0]}"
  if [[ -d tests/fuzz/corpus/$name ]]; then corpus+=("tests/fuzz/corpus/$name"); fi
  if "$fuzzer" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="build/fuzz/$name-" "${corpus[@]}" >"$log" 2>&1; then
    record "passed fuzz $name"
    echo "$name: $(tail -n 1 "$log")"
  else
    record "failed fuzz $name: see $log"
    tail -n 40 "$log"
  fi
}

fuzz() {
  local -a fuzzers=(build/fuzz/bin/*_fuzzer)
  [[ -x ${fuzzers[0]} ]] || { echo "build/fuzz/bin holds no fuzz target"; return 1; }
  export -f fuzz_one record
  export RESULTS fuzz_seconds
  printf '%s\n' "${fuzzers[@]}" | xargs -P "$(nproc)" -I '{}' bash -c 'fuzz_one {}'
}

clang_tidy() {
  sources '*.cc' | grep -v '^tests/' |
    xargs -P "$(nproc)" -n 1 clang-tidy-19 -p build/release --quiet 2>&1 |
    grep -v -E '^[0-9]+ warnings? (generated|treated)'
  return "$((PIPESTATUS[1] | PIPESTATUS[2]))"
}

fuzz_tests() {
  check "Build the fuzz targets" build fuzz fuzzers &&
    tests "Fuzz, $fuzz_seconds s each" fuzz
}

long_tests() {
  tests "Long tests" run_ctest release long 1
  check "Chaos: 20,000 requests and 100 events" "$PYTHON" tests/integration/chaos/run --long
  check "Build with the address and undefined-behaviour sanitizers" build asan &&
    tests "Unit tests, sanitized" run_ctest asan unit 1
  check "Build with the thread sanitizer" build tsan &&
    tests "Unit tests, thread sanitizer" run_ctest tsan unit 1
}

# The last line of set-up, where it did something, ends with "network N s".
set_up() {
  local line
  line=$(deploy/setup.sh --tests) || return 1
  if [[ -n $line ]]; then
    echo "$line"
    network=$(grep -o '[0-9]\+' <<<"${line##*network}")
  fi
}

# A function, so that bash has read it all before it starts: the file may change meanwhile.
main() {
  mkdir -p build
  exec 9>build/tests.lock
  flock -n 9 || { echo "run.sh: another run is under way in this checkout" >&2; exit 1; }
  network=0
  section "Set-up" set_up || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
  rm -rf "$RESULTS"
  mkdir -p "$RESULTS/cases"

  check "Format" check_format
  check "Include direction" check_includes
  if [[ $mode == fuzz ]]; then
    fuzz_tests
    finish
  fi
  check "Build" build release || finish
  if [[ $mode == lint ]]; then
    check "clang-tidy" clang_tidy
    finish
  fi

  check "Export the networks that the tests run on" export_models
  tests "Unit tests" run_ctest release unit "$(nproc)"
  local -a folders
  mapfile -t folders < <(find tests -name 'test_*.py' -printf '%h\n' | sort -u | grep -v -x -e tests/integration -e tests/lab -e tests/page)
  tests "Python tests" run_python_tests "${folders[@]}"
  if [[ $mode == unit ]]; then finish; fi

  tests "Integration tests" run_ctest release integration 1
  tests "Integration tests in Python" run_python_tests tests/integration
  tests "The lab" run_python_tests tests/lab
  tests "The page, in Chromium" run_python_tests tests/page
  fuzz_tests
  if [[ $mode == long ]]; then long_tests; fi
  finish
}

main
