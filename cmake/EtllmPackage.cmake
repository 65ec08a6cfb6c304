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

set(objects "")
foreach(layer IN LISTS ETLLM_RUNTIME_LAYERS)
  list(APPEND objects "$<TARGET_OBJECTS:${layer}>")
endforeach()

# Static or shared, as BUILD_SHARED_LIBS says.
add_library(etllm_package ${objects})
set_target_properties(etllm_package PROPERTIES
  EXPORT_NAME extension_llm_runner
  OUTPUT_NAME extension_llm_runner
  LINKER_LANGUAGE CXX
  INSTALL_RPATH "$ORIGIN"
)
etllm_configure_target(etllm_package)
target_compile_features(etllm_package INTERFACE cxx_std_17)
target_include_directories(etllm_package INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# Operators and backends register themselves when these are loaded.
target_link_libraries(etllm_package PUBLIC
  executorch::runtime
  executorch::kernels_optimized
  executorch::kernels_quantized
  executorch::backend_xnnpack
  executorch::threadpool
)

# The two C libraries come along as archives, so that users need no package.
find_library(ETLLM_PCRE2_ARCHIVE libpcre2-8.a REQUIRED)
find_library(ETLLM_UTF8PROC_ARCHIVE libutf8proc.a REQUIRED)
get_target_property(type etllm_package TYPE)
if(type STREQUAL "SHARED_LIBRARY")
  target_link_libraries(etllm_package PRIVATE
    $<BUILD_INTERFACE:${ETLLM_PCRE2_ARCHIVE}>
    $<BUILD_INTERFACE:${ETLLM_UTF8PROC_ARCHIVE}>)
  # Only the framework's namespaces can be seen from outside.
  target_link_options(etllm_package PRIVATE
    "LINKER:--version-script=${CMAKE_CURRENT_LIST_DIR}/exported_symbols.map")
else()
  set(archive_dir "\${_IMPORT_PREFIX}/${CMAKE_INSTALL_LIBDIR}")
  target_link_libraries(etllm_package INTERFACE
    "$<INSTALL_INTERFACE:${archive_dir}/libpcre2-8.a>"
    "$<INSTALL_INTERFACE:${archive_dir}/libutf8proc.a>")
  install(FILES ${ETLLM_PCRE2_ARCHIVE} ${ETLLM_UTF8PROC_ARCHIVE}
    DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

install(TARGETS etllm_package EXPORT etllm-targets)
install(EXPORT etllm-targets NAMESPACE executorch::
  DESTINATION lib/cmake/executorch)
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
