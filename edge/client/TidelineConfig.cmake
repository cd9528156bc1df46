# find_package(Tideline): the target Tideline::edge, a shared library with the header tideline/edge.h.
include(${CMAKE_CURRENT_LIST_DIR}/TidelineTargets.cmake)
