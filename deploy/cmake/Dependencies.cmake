# Every third party, found the ordinary way, in one list.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(absl REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(ZLIB REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(FlatBuffers REQUIRED CONFIG NAMES FlatBuffers Flatbuffers flatbuffers)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(ZeroMQ REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(Zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(Jpeg REQUIRED IMPORTED_TARGET libjpeg)
pkg_check_modules(Hwy REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(Spng REQUIRED IMPORTED_TARGET spng)
pkg_check_modules(Mosquitto REQUIRED IMPORTED_TARGET libmosquitto)
pkg_check_modules(Prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# LibTorch lives inside the Python environment that deploy/setup.sh makes; -DTorch_DIR= points elsewhere.
# Only the engine module uses it, so it is found there (common/engine/aten).
file(GLOB TIDELINE_VENV_SITE ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages)

if(TIDELINE_TESTS)
  find_package(GTest REQUIRED)
endif()
