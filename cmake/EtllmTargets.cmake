# One place for what every target of ours shares: the language level, the
# warnings and the sanitizers. Nothing here touches global flags.

include_guard(GLOBAL)

# etllm_configure_target(<target>): applies our compile settings to a target.
function(etllm_configure_target target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused-parameter)
  # GCC 12 sees overlapping copies in std::string where there are none
  # (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND
     CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(ETLLM_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(ETLLM_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${ETLLM_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${ETLLM_SANITIZE})
  endif()
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON)
endfunction()

# etllm_add_library(<name> <source>...): a library of one layer. Includes are
# written from `src/` and from `include/`.
function(etllm_add_library name)
  add_library(${name} ${ARGN})
  etllm_configure_target(${name})
  target_include_directories(${name} PUBLIC
    "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
endfunction()

# etllm_add_test(<name> SOURCES <source>... LIBRARIES <target>...
#                [ENVIRONMENT <VAR=value>...] [TIMEOUT <seconds>] [THREADS]):
# one GoogleTest program, registered as one ctest entry. With THREADS, one of
# those that run under ThreadSanitizer, which `threaded_tests` builds.
function(etllm_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS" "TIMEOUT"
    "SOURCES;LIBRARIES;ENVIRONMENT")
  add_executable(${name} ${arg_SOURCES})
  etllm_configure_target(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gtest_main)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(${name} PRIVATE
    ETLLM_SOURCE_DIR="."
    ETLLM_DEFAULT_MODEL="${ETLLM_DEFAULT_MODEL}")
  # Tests run in the root of the clone, whose path they must not depend on: so
  # a compiler cache serves all clones.
  add_test(NAME ${name} COMMAND ${name}
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  if(NOT arg_TIMEOUT)
    # Sanitizers and a busy machine make minutes of what takes seconds.
    set(arg_TIMEOUT 1200)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
  if(arg_THREADS)
    set_tests_properties(${name} PROPERTIES LABELS threads)
    add_dependencies(threaded_tests ${name})
  endif()
  if(arg_ENVIRONMENT)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${arg_ENVIRONMENT}")
  endif()
endfunction()
