#!/usr/bin/env bash
# Installs what is missing, builds Tideline, and runs its main job on this machine: a network that
# reads handwritten digits, split between an edge and a cloud process.
#
#   deploy/demo.sh [--check]
#
#   --check  exit status 1 unless every answer is what it must be (deploy/demo.py says what)
#
# The last line is JSON with the result.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
  '' | --check) ;;
  -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  *) echo "demo.sh: unknown argument '$1'; see --help" >&2; exit 2 ;;
esac

readonly DEMO=$PWD/build/demo

# Says how long a step took, where that is worth saying.
step() {
  local title=$1 begun=$SECONDS
  shift
  "$@"
  if ((SECONDS - begun > 1)); then echo "$title: $((SECONDS - begun)) s"; fi
}

build() {
  local log=build/release-configure.log
  if [[ ! -e build/release/build.ninja ]]; then
    mkdir -p build
    cmake --preset release >"$log" 2>&1 || { cat "$log"; exit 1; }
  fi
  ninja -C build/release --quiet tideline tideline-edge tideline-cloud engine_aten
}

# The model and its pictures are made again where what they are made from has changed.
make_inputs() {
  local export=partitioner/export made
  made=$(cat requirements.txt "$export"/digits/*.* "$export"/tideline_export/*.py | sha256sum)
  if [[ -e $DEMO/made && $(<"$DEMO/made") == "$made" ]]; then return; fi
  rm -rf "$DEMO"
  mkdir -p "$DEMO"
  .venv/bin/tideline-export "$export/digits/network.py:digits" --out "$DEMO/models"
  .venv/bin/python -m tideline_export.digits_images --out "$DEMO/images"
  echo "$made" >"$DEMO/made"
}

deploy/setup.sh
step "build" build
step "model and images" make_inputs
exec .venv/bin/python deploy/demo.py "$@"
