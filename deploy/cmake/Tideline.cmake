# tideline_library(NAME SOURCES a.cc b.cc [PUBLIC libs...] [PRIVATE libs...])
#   One static library `tideline_NAME`, used as `tideline::NAME`.
# tideline_module(NAME SOURCES ... PRIVATE ...)
#   A module lib/tideline/NAME.so that is opened at run time.
# tideline_program(NAME SOURCES ... PRIVATE ...)
# tideline_assets(NAME FOLDER folder FILES a.html b.js ...)
#   A library of files for common/web: `std::span<const tideline::Asset> tideline::NAME_assets()`. A
#   name may be FILE=FROM where the file lies elsewhere.
# tideline_test(NAME SOURCES ... PRIVATE ... [LABELS unit|integration|long] [TIMEOUT s])
#   One GoogleTest program, registered as one ctest test.

# Headers that are parsed once: one set for the libraries and programs, one more for the tests.
function(tideline_precompiled name header)
  add_library(${name} OBJECT ${CMAKE_SOURCE_DIR}/deploy/cmake/precompiled.cc)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE absl::statusor absl::synchronization absl::time fmt::fmt
                        Threads::Threads ${ARGN})
  target_precompile_headers(${name} PRIVATE ${CMAKE_SOURCE_DIR}/deploy/cmake/${header})
endfunction()

tideline_precompiled(precompiled precompiled.h)
if(TIDELINE_TESTS)
  tideline_precompiled(precompiled_tests precompiled_tests.h GTest::gmock GTest::gtest)
  # As programs are compiled, which the tests are.
  set_target_properties(precompiled_tests PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(precompiled_tests PRIVATE -fPIE)
endif()

function(tideline_library name)
  cmake_parse_arguments(A "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(tideline_${name} STATIC ${A_SOURCES})
  add_library(tideline::${name} ALIAS tideline_${name})
  target_include_directories(tideline_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(tideline_${name} PUBLIC ${A_PUBLIC} PRIVATE ${A_PRIVATE})
  target_precompile_headers(tideline_${name} REUSE_FROM precompiled)
endfunction()

function(tideline_module name)
  cmake_parse_arguments(A "" "" "SOURCES;PRIVATE" ${ARGN})
  add_library(${name} MODULE ${A_SOURCES})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${TIDELINE_MODULE_DIRECTORY})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${A_PRIVATE})
  # Where the programs look: beside their own folder, whatever the distribution calls its lib.
  install(TARGETS ${name} LIBRARY DESTINATION lib/tideline)
endfunction()

function(tideline_program name)
  cmake_parse_arguments(A "" "" "SOURCES;PRIVATE" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_PRIVATE})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

function(tideline_assets name)
  cmake_parse_arguments(A "" "FOLDER" "FILES" ${ARGN})
  set(inputs)
  foreach(file ${A_FILES})
    if(file MATCHES "=(.*)$")
      list(APPEND inputs ${CMAKE_MATCH_1})
    else()
      list(APPEND inputs ${A_FOLDER}/${file})
    endif()
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}_assets.cc)
  set(script ${CMAKE_SOURCE_DIR}/deploy/cmake/assets.cmake)
  add_custom_command(OUTPUT ${source} DEPENDS ${inputs} ${script} VERBATIM
    COMMAND ${CMAKE_COMMAND} "-DNAME=${name}" "-DFILES=${A_FILES}" "-DINPUTS=${inputs}" -DOUTPUT=${source}
            -P ${script})
  tideline_library(${name}_assets SOURCES ${source} PUBLIC tideline::web)
endfunction()

function(tideline_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;PRIVATE;LABELS" ${ARGN})
  if(NOT A_LABELS)
    set(A_LABELS unit)
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 60)
  endif()
  if(CMAKE_CROSSCOMPILING)  # an emulator runs them
    math(EXPR A_TIMEOUT "10 * ${A_TIMEOUT}")
  endif()
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_PRIVATE} GTest::gmock GTest::gtest GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM precompiled_tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT})
endfunction()
