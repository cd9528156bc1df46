#!/usr/bin/env bash
# Installs what Tideline needs to build (Debian packages), its Python environment (.venv) and what its
# status page is made with (build/page).
#
#   deploy/setup.sh [--tests] [--cuda]
#
#   --tests  also what only the tests need
#   --cuda   permits a CUDA build of torch; without it anything but a CPU build is refused
#
# Where nothing is missing it prints nothing and changes nothing. Otherwise it says on stderr what
# it does, and ends with one line on stdout: `set-up: 80 s, of which network 55 s`.
# TIDELINE_TORCH_INDEX names the package index that torch comes from, where pip's own configuration
# and PyTorch's CPU index are both wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VENV=$PWD/.venv
readonly LOG=$PWD/build/setup.log
readonly TORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu

# A Debian package, and a program, header or library that it gives. The package is installed only where that
# is missing. `boost/url.hpp` is new in Boost 1.81, so an older Boost does not pass for it.
readonly BUILD_PACKAGES='
  ccache                program ccache
  cmake                 program cmake
  flatbuffers-compiler  program flatc
  g++                   program g++
  mold                  program mold
  ninja-build           program ninja
  npm                   program npm
  pkg-config            program pkg-config
  cppzmq-dev            header  zmq.hpp
  libabsl-dev           header  absl/status/statusor.h
  libboost1.81-dev      header  boost/url.hpp
  libcli11-dev          header  CLI/CLI.hpp
  libeigen3-dev         header  eigen3/Eigen/Core
  libflatbuffers-dev    header  flatbuffers/flatbuffers.h
  libfmt-dev            header  fmt/format.h
  libgmock-dev          header  gmock/gmock.h
  libgtest-dev          header  gtest/gtest.h
  libhwy-dev            header  hwy/highway.h
  libjpeg62-turbo-dev   header  jpeglib.h
  libmosquitto-dev      header  mosquitto.h
  libopencv-videoio-dev header  opencv4/opencv2/videoio.hpp
  libspdlog-dev         header  spdlog/spdlog.h
  libspng-dev           header  spng.h
  libssl-dev            header  openssl/evp.h
  libyaml-cpp-dev       header  yaml-cpp/yaml.h
  libzmq3-dev           header  zmq.h
  libzstd-dev           header  zstd.h
  nlohmann-json3-dev    header  nlohmann/json.hpp
  prometheus-cpp-dev    header  prometheus/registry.h
  zlib1g-dev            header  zlib.h
'
readonly TEST_PACKAGES='
  chromium              program chromium
  clang-19              program clang++-19
  clang-format-19       program clang-format-19
  clang-tidy-19         program clang-tidy-19
  faketime              program faketime
  git                   program git
  iproute2              program ip
  wrk                   program wrk
  libclang-rt-19-dev    header  fuzzer/FuzzedDataProvider.h
  mosquitto             program mosquitto
  mosquitto-clients     program mosquitto_sub
  prometheus            program promtool
  gir1.2-gst-rtsp-server-1.0 library girepository-1.0/GstRtspServer-1.0.typelib
  python3-gi            library python3/dist-packages/gi/__init__.py
'

with_tests=false
with_cuda=false
for argument in "$@"; do
  case $argument in
    --tests) with_tests=true ;;
    --cuda) with_cuda=true ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) echo "setup.sh: unknown argument '$argument'; see --help" >&2; exit 2 ;;
  esac
done

say() {
  silent=false
  echo "set-up: $*" >&2
}

fail() {
  say "$*"
  exit 1
}

milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

started=$(milliseconds)
network_ms=0
silent=true

# Runs a command into the log; where it fails, shows what it said last.
logged() {
  mkdir -p "${LOG%/*}"
  printf '\n$ %s\n' "$*" >>"$LOG"
  "$@" >>"$LOG" 2>&1
}

logged_or_fail() {
  logged "$@" || {
    tail -n 20 "$LOG" >&2
    fail "'$1 ${2-}…' failed; the whole log is $LOG"
  }
}

# The same for a command that downloads: its time counts as network time.
network() {
  local begin status=0
  begin=$(milliseconds)
  "$@" || status=$?
  network_ms=$((network_ms + $(milliseconds) - begin))
  return "$status"
}

has_header() {
  local folder
  for folder in /usr/local/include /usr/include "/usr/include/$(uname -m)-linux-gnu" \
    /usr/lib/llvm-19/lib/clang/19/include; do
    [[ -e $folder/$1 ]] && return 0
  done
  return 1
}

has_library() {
  local folder
  for folder in /usr/lib "/usr/lib/$(uname -m)-linux-gnu"; do
    [[ -e $folder/$1 ]] && return 0
  done
  return 1
}

has_program() {
  command -v "$1" >/dev/null || [[ -x /usr/sbin/$1 || -x /sbin/$1 ]]
}

# A Python that can make the environment. A venv needs more than Debian's bare python3.
find_python() {
  local python test='import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'
  for python in python3 /usr/bin/python3; do
    if "$python" -c "$test" 2>/dev/null; then
      echo "$python"
      return 0
    fi
  done
  return 1
}

venv_works() { "$VENV/bin/python" -c '' 2>/dev/null; }

missing_packages() {
  local package kind what table=$BUILD_PACKAGES
  if $with_tests; then table+=$TEST_PACKAGES; fi
  while read -r package kind what; do
    [[ -z $package ]] || "has_$kind" "$what" || echo "$package"
  done <<<"$table"
  venv_works || find_python >/dev/null || echo python3-venv
}

install_packages() {
  local -a packages=("$@") as_root=()
  local -a command=(apt-get install -y --no-install-recommends "${packages[@]}")
  if ! command -v apt-get >/dev/null; then
    fail "no apt-get here. Install what Debian 12 calls: ${packages[*]}"
  fi
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      fail "needs root, and there is no sudo. As root, run: apt-get update && ${command[*]}"
    fi
    as_root=(sudo)
    if [[ ! -t 0 ]]; then as_root+=(-n); fi
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  say "installing ${#packages[@]} packages: ${packages[*]}"
  network logged_or_fail "${as_root[@]}" apt-get update
  if ! logged "${as_root[@]}" "${command[@]}" --simulate; then
    local package
    for package in "${packages[@]}"; do
      apt-cache show "$package" >/dev/null 2>&1 || say "the apt sources have no '$package'"
    done
    tail -n 5 "$LOG" >&2
    fail "can't be installed; Debian 12 (bookworm) has all of them. Tried: ${command[*]}"
  fi
  network logged_or_fail "${as_root[@]}" "${command[@]}" --download-only
  logged_or_fail "${as_root[@]}" "${command[@]}"
}

pip() { "$VENV/bin/python" -m pip --disable-pip-version-check "$@"; }

make_venv() {
  local python
  python=$(find_python) || fail "no Python ≥ 3.11 with venv: install Debian's python3-venv"
  say "making .venv with $("$python" --version)"
  logged_or_fail "$python" -m venv --clear "$VENV"
}

# Downloads torch into folder $2 where the index options that follow give a CPU build of pin $1.
# Asking for `+cpu` cannot fetch anything else. Only off x86-64 may an index's plain version be one:
# what it depends on tells.
download_cpu_torch() {
  local pin=$1 folder=$2
  shift 2
  local -a options=(--no-deps --only-binary :all: "$@")
  if logged pip download --dest "$folder" "${options[@]}" "$pin+cpu"; then return 0; fi
  if [[ $# == 0 || $(uname -m) == x86_64 ]]; then return 1; fi
  logged pip install --dry-run --ignore-installed --report "$folder/report.json" "${options[@]}" \
    "$pin" || return 1
  "$VENV/bin/python" deploy/is_cpu_build.py "$folder/report.json" || return 1
  logged pip download --dest "$folder" "${options[@]}" "$pin"
}

download_torch() {
  local pin=$1 folder=$2 index=${TIDELINE_TORCH_INDEX-}
  if $with_cuda; then
    logged_or_fail pip download --dest "$folder" --constraint requirements.txt \
      --only-binary :all: ${index:+--index-url "$index"} "$pin"
  elif [[ -n $index ]]; then
    download_cpu_torch "$pin" "$folder" --index-url "$index" ||
      fail "TIDELINE_TORCH_INDEX=$index gives no CPU build of $pin; --cuda permits another" \
        "(log: $LOG)"
  else
    download_cpu_torch "$pin" "$folder" ||
      download_cpu_torch "$pin" "$folder" --index-url "$TORCH_CPU_INDEX" ||
      fail "neither pip's own configuration nor $TORCH_CPU_INDEX gives a CPU build of $pin; set" \
        "TIDELINE_TORCH_INDEX, or permit a CUDA build with --cuda (log: $LOG)"
  fi
}

# Installs the given requirements: downloaded first, then installed from what was downloaded.
install_requirements() {
  local pin folder=$VENV/wheels
  local -a others=()
  rm -rf "$folder" && mkdir -p "$folder"
  for pin in "$@"; do
    case $pin in
      pip==*) network logged_or_fail pip install "$pin" ;;
      torch==*) ;;
      *) others+=("$pin") ;;
    esac
  done
  for pin in "$@"; do
    if [[ $pin == torch==* ]]; then network download_torch "$pin" "$folder"; fi
  done
  if ((${#others[@]})); then
    network logged_or_fail pip download --dest "$folder" --no-deps --only-binary :all: \
      "${others[@]}"
  fi
  if compgen -G "$folder/*.whl" >/dev/null; then
    # Modules compile on first use, which is seconds in all; compiling each of torch's costs more.
    logged_or_fail pip install --no-deps --no-index --no-compile "$folder"/*.whl
  fi
  rm -rf "$folder"
}

set_up_python() {
  venv_works || make_venv
  local missing
  local -a wanted=(requirements.txt)
  if $with_tests; then wanted+=(tests/requirements.txt); fi
  missing=$("$VENV/bin/python" deploy/missing_requirements.py partitioner/export "${wanted[@]}") ||
    fail "could not compare .venv with ${wanted[*]}"
  if [[ -z $missing ]]; then return; fi
  say "installing into .venv: ${missing//$'\n'/ }"
  local -a pins
  mapfile -t pins < <(grep '==' <<<"$missing")
  if ((${#pins[@]})); then install_requirements "${pins[@]}"; fi
  if [[ $missing == *tideline-export ]]; then
    logged_or_fail pip install --no-deps --no-index --no-build-isolation --editable \
      partitioner/export
  fi
}

# set_up_npm FOLDER TARGET: what FOLDER/package-lock.json pins, into TARGET/node_modules.
set_up_npm() {
  local folder=$1 target=$2
  if cmp -s "$folder/package-lock.json" "$target/installed.json"; then return; fi
  say "installing into $target: $(grep -o '"node_modules/[^"]*' "$folder/package-lock.json" |
    sed 's/.*node_modules.//' | xargs)"
  rm -rf "$target" && mkdir -p "$target"
  cp "$folder"/package.json "$folder"/package-lock.json "$target"
  network logged_or_fail npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund
  cp "$folder/package-lock.json" "$target/installed.json"
}

mapfile -t packages < <(missing_packages)
if ((${#packages[@]})); then install_packages "${packages[@]}"; fi
set_up_python
set_up_npm common/web/page build/page
if $with_tests; then set_up_npm tests/page build/page-tests; fi
if ! $silent; then
  total_ms=$(($(milliseconds) - started))
  echo "set-up: $((total_ms / 1000)) s, of which network $((network_ms / 1000)) s"
fi
