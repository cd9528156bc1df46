#!/usr/bin/env bash
# Installs what is missing, builds Tideline, and runs its main job on this machine: a network that
# reads handwritten digits, split between an edge and a cloud process. Then it shows how the cut
# moves: an edge with another network answers photographs until Ctrl-C, and its page has a slider for
# the uplink.
#
#   deploy/demo.sh [--check]
#
#   --check  no page; exit status 1 unless every answer is what it must be (deploy/demo.py says what)
#
# The table ends with a line of JSON with the result, which with --check is the last line.
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

# make_inputs NETWORK IMAGES [ARGUMENT...]: the model and its pictures, by module IMAGES. They are made
# again where what they are made from has changed.
make_inputs() {
  local network=$1 images=$2 export=partitioner/export folder=$DEMO/$1 made
  shift 2
  made=$(cat requirements.txt "$export/$network"/*.* "$export"/tideline_export/*.py | sha256sum)
  if [[ -e $folder/made && $(<"$folder/made") == "$made" ]]; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder"
  .venv/bin/tideline-export "$export/$network/network.py:$network" --out "$folder/models"
  .venv/bin/python -m "tideline_export.$images" --out "$folder/images" "$@"
  echo "$made" >"$folder/made"
}

deploy/setup.sh
step "build" build
step "model and images" make_inputs digits digits_images
.venv/bin/python deploy/demo.py "$@"
if [[ ${1-} == --check ]]; then exit; fi
step "another model and its images" make_inputs photos photo_crops --part calibration
exec .venv/bin/python deploy/show.py
