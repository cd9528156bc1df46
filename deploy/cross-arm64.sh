#!/usr/bin/env bash
# Builds tideline-edge and tideline for aarch64 on an x86-64 Debian 12, with OpenVINO as the engine
# and without LibTorch.
#
#   deploy/cross-arm64.sh [--check]
#
#   --check  also builds the unit tests, and runs them and `tideline check` under qemu
#
# Debian's aarch64 packages and OpenVINO's aarch64 wheel go to build/sysroot-arm64, the programs to
# build/cross-arm64. Speed under emulation says nothing of a device's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly SYSROOT=$PWD/build/sysroot-arm64
readonly BUILD=$PWD/build/cross-arm64
readonly LOG=$PWD/build/cross-arm64.log

check=false
case ${1-} in
  '') ;;
  --check) check=true ;;
  -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  *) echo "cross-arm64.sh: unknown argument '$1'; see --help" >&2; exit 2 ;;
esac

logged() {
  "$@" >>"$LOG" 2>&1 || {
    tail -n 20 "$LOG" >&2
    echo "cross-arm64: '$1 ${2-}…' failed; the whole log is $LOG" >&2
    exit 1
  }
}

# Debian packages that give a program here.
install_tools() {
  local -A programs=([g++-aarch64-linux-gnu]=aarch64-linux-gnu-g++
    [qemu-user-static]=qemu-aarch64-static [mmdebstrap]=mmdebstrap)
  local package
  local -a missing=() as_root=()
  for package in "${!programs[@]}"; do
    command -v "${programs[$package]}" >/dev/null || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then return; fi
  if ((EUID != 0)); then as_root=(sudo); fi
  echo "cross-arm64: installing ${missing[*]}" >&2
  logged "${as_root[@]}" apt-get update
  logged "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# The libraries that the native build takes, as setup.sh lists them, but for those of the video module.
libraries() {
  sed -n "/^readonly BUILD_PACKAGES/,/^'/p" deploy/setup.sh | awk '$2 == "header" && $1 !~ /opencv/ {print $1}'
}

# Links that name a place from the root of the file system, made relative.
relative_links() {
  local link
  find "$1" -type l -lname '/*' | while read -r link; do
    ln -sfn "$(realpath -sm --relative-to="$(dirname "$link")" "$1$(readlink "$link")")" "$link"
  done
}

make_sysroot() {
  local folder=$SYSROOT.new packages
  packages=$(libraries | paste -sd,)
  echo "cross-arm64: unpacking Debian's aarch64 libraries and OpenVINO" >&2
  rm -rf "$folder" "$folder.wheel"
  logged mmdebstrap --variant=extract --arch=arm64 \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --include="libc6-dev,libstdc++-12-dev,$packages" bookworm "$folder"
  relative_links "$folder"
  logged .venv/bin/python -m pip --disable-pip-version-check download --no-deps \
    --only-binary=:all: --python-version 311 --platform manylinux_2_35_aarch64 \
    --platform manylinux_2_31_aarch64 --dest "$folder.wheel" \
    "$(grep '^openvino==' requirements.txt)"
  logged .venv/bin/python -m zipfile -e "$folder".wheel/openvino-*.whl "$folder/opt/openvino"
  libraries >"$folder/libraries"
  rm -rf "$folder.wheel" "$SYSROOT"
  mv "$folder" "$SYSROOT"
}

# Programs under qemu start others of aarch64: for as long as the tests run, the kernel hands them to
# qemu too. Needs root; without it the tests that start programs fail.
let_kernel_use_qemu() {
  local folder=/proc/sys/fs/binfmt_misc
  local name=tideline-aarch64
  # An ELF file of 64 bits, little-endian, of machine 183, executable or shared object.
  local magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
  local mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  if [[ -e $folder/qemu-aarch64 || -e $folder/$name ]]; then return; fi
  if [[ ! -e $folder/register ]]; then mount -t binfmt_misc binfmt_misc "$folder" || return 0; fi
  echo ":$name:M::$magic:$mask:$(command -v qemu-aarch64-static):F" >"$folder/register" || return 0
  trap 'echo -1 >'"$folder/$name" EXIT
}

# Whether it holds what the native build takes today.
sysroot_is_current() { cmp -s "$SYSROOT/libraries" <(libraries); }

mkdir -p build
: >"$LOG"
deploy/setup.sh
install_tools
sysroot_is_current || make_sysroot
cmake --preset cross-arm64 >>"$LOG" 2>&1 || logged cmake --preset cross-arm64
cmake --build "$BUILD" --target tideline tideline-edge engine_openvino
file=$(od -An -tu2 -j18 -N2 "$BUILD/bin/tideline-edge")
((file == 183)) || { echo "cross-arm64: $BUILD/bin/tideline-edge is not for aarch64" >&2; exit 1; }

if $check; then
  cmake --build "$BUILD"
  let_kernel_use_qemu
  export QEMU_LD_PREFIX=$SYSROOT
  ctest --test-dir "$BUILD" --label-regex unit --output-on-failure
  if [[ ! -d build/demo/digits/models/digits ]]; then
    .venv/bin/tideline-export partitioner/export/digits/network.py:digits --out build/demo/digits/models
  fi
  qemu-aarch64-static -L "$SYSROOT" "$BUILD/bin/tideline" check build/demo/digits/models/digits \
    --engine openvino --cuts 4
fi
