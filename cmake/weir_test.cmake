# weir_test(LAYER [LIBRARIES target...])
# One binary per layer from tests/LAYER/*_test.cpp; one ctest entry per suite,
# read from the sources, so that a failure names the file.
function(weir_test layer)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${layer}/*_test.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(${layer}_tests ${sources} "${PROJECT_SOURCE_DIR}/tests/support/test_main.cpp")
  target_include_directories(${layer}_tests PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${layer}_tests PRIVATE weir_${layer} CAF::test ${arg_LIBRARIES} weir_warnings)
  # Test code runs once: what the optimizer would gain, the compiler would spend.
  target_compile_options(${layer}_tests PRIVATE -O0)
  if(WEIR_FAILPOINTS)
    target_compile_definitions(${layer}_tests PRIVATE WEIR_FAILPOINTS)
  endif()
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" suite_line REGEX "^#define CAF_SUITE ")
    string(REGEX REPLACE "^#define CAF_SUITE +" "" suite "${suite_line}")
    string(REPLACE "." "\\." pattern "${suite}")
    # ccache makes __FILE__ relative to the build folder; tests find docs/ from it.
    add_test(NAME "${suite}" COMMAND ${layer}_tests -n -r 300 -s "^${pattern}$" WORKING_DIRECTORY "${PROJECT_BINARY_DIR}")
    # An expression that matches no suite would count as a success.
    set_tests_properties("${suite}" PROPERTIES
      FAIL_REGULAR_EXPRESSION "Suites: +0"
      ENVIRONMENT "UBSAN_OPTIONS=print_stacktrace=1:suppressions=${PROJECT_SOURCE_DIR}/tests/support/ubsan.supp;TSAN_OPTIONS=ignore_noninstrumented_modules=1:suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.supp")
  endforeach()
endfunction()
