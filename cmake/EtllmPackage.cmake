# What somebody else's project gets: one library with every layer that runs a
# model, the public headers, and the SDK's own files, in a prefix that can be
# moved. find_package(executorch) there gives the SDK's targets and ours.

include(GNUInstallDirs)

# The layers that run a model; importer and chat belong to the tools.
set(ETLLM_RUNTIME_LAYERS
  etllm_base
  etllm_engine
  etllm_kernels
  etllm_operators
  etllm_program
  etllm_runner
  etllm_sampling
  etllm_tokenizers
  etllm_weight_formats
)

set(ETLLM_RUNTIME_OBJECTS ${ETLLM_RUNTIME_LAYERS})
list(TRANSFORM ETLLM_RUNTIME_OBJECTS
  REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")

# The two C libraries come along as archives, so that users need no package.
find_library(ETLLM_PCRE2_ARCHIVE libpcre2-8.a REQUIRED)
find_library(ETLLM_UTF8PROC_ARCHIVE libutf8proc.a REQUIRED)
# Debian has simdjson as a shared library only; it comes along as that.
get_target_property(config simdjson::simdjson IMPORTED_CONFIGURATIONS)
list(GET config 0 config)
get_target_property(ETLLM_SIMDJSON simdjson::simdjson
  IMPORTED_LOCATION_${config})
get_target_property(ETLLM_SIMDJSON_NAME simdjson::simdjson
  IMPORTED_SONAME_${config})

# etllm_add_package_library(<target> STATIC|SHARED <folder> <install option>...):
# the library, and the file in lib/cmake/<folder> that describes it.
function(etllm_add_package_library target form folder)
  add_library(${target} ${form} ${ETLLM_RUNTIME_OBJECTS})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME extension_llm_runner
    OUTPUT_NAME extension_llm_runner
    LINKER_LANGUAGE CXX
    INSTALL_RPATH "$ORIGIN"
  )
  etllm_configure_target(${target})
  target_compile_features(${target} INTERFACE cxx_std_17)
  target_include_directories(${target} INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  # The SDK's operators and backends register themselves when they are loaded.
  target_link_libraries(${target} PUBLIC ${ETLLM_SDK_TARGETS})
  if(form STREQUAL "SHARED")
    target_link_libraries(${target} PRIVATE
      $<BUILD_INTERFACE:${ETLLM_PCRE2_ARCHIVE}>
      $<BUILD_INTERFACE:${ETLLM_UTF8PROC_ARCHIVE}>
      $<BUILD_INTERFACE:${ETLLM_SIMDJSON}>)
    # Only the framework's namespaces can be seen from outside.
    target_link_options(${target} PRIVATE
      "LINKER:--version-script=${ETLLM_EXPORTED_SYMBOLS}")
  else()
    set(archive_dir "\${_IMPORT_PREFIX}/${CMAKE_INSTALL_LIBDIR}")
    target_link_libraries(${target} INTERFACE
      "$<INSTALL_INTERFACE:${archive_dir}/libpcre2-8.a>"
      "$<INSTALL_INTERFACE:${archive_dir}/libutf8proc.a>"
      "$<INSTALL_INTERFACE:${archive_dir}/${ETLLM_SIMDJSON_NAME}>")
    # And ours, as in the layer's own archive.
    get_target_property(options etllm_operators INTERFACE_LINK_OPTIONS)
    target_link_options(${target} INTERFACE ${options})
    install(FILES ${ETLLM_PCRE2_ARCHIVE} ${ETLLM_UTF8PROC_ARCHIVE}
      DESTINATION ${CMAKE_INSTALL_LIBDIR} ${ARGN})
  endif()
  install(FILES ${ETLLM_SIMDJSON} RENAME ${ETLLM_SIMDJSON_NAME}
    DESTINATION ${CMAKE_INSTALL_LIBDIR} ${ARGN})
  install(TARGETS ${target} EXPORT ${target}-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ${ARGN}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} ${ARGN})
  install(EXPORT ${target}-targets NAMESPACE executorch::
    DESTINATION lib/cmake/${folder} FILE etllm-targets.cmake ${ARGN})
endfunction()

set(ETLLM_EXPORTED_SYMBOLS "${CMAKE_CURRENT_LIST_DIR}/exported_symbols.map")
if(BUILD_SHARED_LIBS)
  set(form SHARED)
  set(other_form STATIC)
else()
  set(form STATIC)
  set(other_form SHARED)
endif()
etllm_add_package_library(etllm_package ${form} executorch)
# The package's test installs the other form too: the same objects once more.
if(ETLLM_BUILD_TESTS AND NOT ETLLM_SANITIZE)
  etllm_add_package_library(etllm_other_package ${other_form} other_form
    COMPONENT other_form EXCLUDE_FROM_ALL)
  set_target_properties(etllm_other_package PROPERTIES
    ARCHIVE_OUTPUT_DIRECTORY other_form LIBRARY_OUTPUT_DIRECTORY other_form)
endif()

install(FILES "${CMAKE_CURRENT_LIST_DIR}/package/executorch-config.cmake"
  DESTINATION lib/cmake/executorch)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION include)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION share/doc/extension_llm_runner)

# The SDK: its headers, its libraries but for the backends of other machines,
# and its own package files, which find their prefix by themselves.
cmake_path(GET executorch_DIR PARENT_PATH sdk_cmake_dir)
cmake_path(APPEND sdk_cmake_dir "../.." OUTPUT_VARIABLE sdk)
cmake_path(NORMAL_PATH sdk)
install(DIRECTORY "${sdk}/include/" DESTINATION include)
foreach(name executorch executorch_backend_xnnpack executorch_etdump
             executorch_kernels_optimized executorch_kernels_quantized
             executorch_threadpool)
  install(FILES "${sdk}/lib/lib${name}.so" DESTINATION lib)
endforeach()
install(FILES
  "${sdk}/share/cmake/executorch-config.cmake"
  "${sdk}/share/cmake/executorch-config-version.cmake"
  DESTINATION share/cmake)
install(FILES "${sdk}/share/cmake/executorch-config-version.cmake"
  DESTINATION lib/cmake/executorch)
