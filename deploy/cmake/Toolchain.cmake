# How everything is compiled: compiler cache, fast linker, warnings, sanitizers.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # One cache serves every checkout and build folder; precompiled headers need the sloppiness.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

find_program(MOLD mold)
if(MOLD AND NOT CMAKE_CROSSCOMPILING)  # a cross compiler looks for one of its own
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,--as-needed)

add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -fno-math-errno)
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
  # The same bits on every CPU: fused multiply-adds, which x86-64's baseline lacks, round once less.
  add_compile_options(-ffp-contract=off)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overflows in its own string and vector where there are none (GCC bug 105651).
  add_compile_options(-Wno-array-bounds -Wno-stringop-overflow -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12 calls what it has marked as deprecated.
  add_compile_options(-Wthread-safety -Werror=thread-safety -Wno-deprecated-declarations)
endif()

if(TIDELINE_SANITIZE)
  add_compile_options(-fsanitize=${TIDELINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TIDELINE_SANITIZE})
endif()
if(TIDELINE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # coverage everywhere, main only in the targets
endif()
