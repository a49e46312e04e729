# weir_layer(NAME [DEPENDS layer...] [LIBRARIES target...] [EXCLUDE file...]
#            [ALONE file...])
# One static library per folder of src/: a link error repeats what
# tools/check_layers.py says about includes.
function(weir_layer name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES;EXCLUDE;ALONE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cpp")
  foreach(file IN LISTS arg_EXCLUDE)
    list(REMOVE_ITEM sources "${PROJECT_SOURCE_DIR}/src/${name}/${file}")
  endforeach()
  # Sources with failpoints come first: with WEIR_FAILPOINTS only they compile to
  # something else, and few units hold them.
  set(watched)
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" lines REGEX "#include \"(telemetry/failpoint|storage/flush_points)\\.hpp\"")
    if(lines)
      list(APPEND watched "${source}")
    endif()
  endforeach()
  list(REMOVE_ITEM sources ${watched})
  list(PREPEND sources ${watched})
  add_library(weir_${name} STATIC ${sources})
  if(WEIR_FAILPOINTS AND watched)
    target_compile_definitions(weir_${name} PRIVATE WEIR_FAILPOINTS)
  endif()
  add_library(weir::${name} ALIAS weir_${name})
  target_include_directories(weir_${name} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>"
    "$<INSTALL_INTERFACE:include>"
    "$<INSTALL_INTERFACE:include/weir>")
  target_link_libraries(weir_${name} PUBLIC ${arg_LIBRARIES})
  target_link_libraries(weir_${name} PRIVATE "$<BUILD_INTERFACE:weir_warnings>")
  # Headers cost more than our code: eight sources share what they include.
  # ALONE names those that repeat each other's names or must be a unit.
  if(WEIR_UNITY)
    set_target_properties(weir_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    foreach(file IN LISTS arg_ALONE)
      file(GLOB alone "${PROJECT_SOURCE_DIR}/src/${name}/${file}")
      set_source_files_properties(${alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endforeach()
  endif()
  foreach(layer IN LISTS arg_DEPENDS)
    target_link_libraries(weir_${name} PUBLIC weir_${layer})
  endforeach()
endfunction()
