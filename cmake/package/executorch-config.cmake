# find_package(executorch) in this prefix: the SDK's own targets, and
#
#   executorch::extension_llm_runner    runner, tokenizers, sampler, operators
#   executorch::extension_module        Module, which the runtime contains
#   executorch::extension_llm_sampler   } parts of extension_llm_runner, for
#   tokenizers::tokenizers              } projects that name them

cmake_minimum_required(VERSION 3.28)

get_filename_component(_etllm_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.."
  ABSOLUTE)
include("${_etllm_prefix}/share/cmake/executorch-config.cmake")
if(NOT TARGET executorch::runtime)
  set(executorch_FOUND FALSE)
  return()
endif()
if(NOT TARGET executorch::extension_llm_runner)
  include("${CMAKE_CURRENT_LIST_DIR}/etllm-targets.cmake")
  # A program that calls only Module, which the SDK has, names nothing of the
  # shared form; it needs the operators in it all the same.
  get_target_property(_etllm_type executorch::extension_llm_runner TYPE)
  if(_etllm_type STREQUAL "SHARED_LIBRARY")
    string(CONCAT _etllm_keep "LINKER:--push-state,--no-as-needed,"
      "$<TARGET_FILE:executorch::extension_llm_runner>,--pop-state")
    set_property(TARGET executorch::extension_llm_runner APPEND PROPERTY
      INTERFACE_LINK_OPTIONS "${_etllm_keep}")
    unset(_etllm_keep)
  endif()
  unset(_etllm_type)
endif()

foreach(_etllm_target executorch::extension_llm_sampler tokenizers::tokenizers)
  if(NOT TARGET ${_etllm_target})
    add_library(${_etllm_target} INTERFACE IMPORTED)
    target_link_libraries(${_etllm_target} INTERFACE
      executorch::extension_llm_runner)
  endif()
endforeach()
if(NOT TARGET executorch::extension_module)
  add_library(executorch::extension_module INTERFACE IMPORTED)
  target_link_libraries(executorch::extension_module INTERFACE
    executorch::runtime)
endif()
unset(_etllm_prefix)
unset(_etllm_target)
