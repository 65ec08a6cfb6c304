# cmake -DPROGRAM=<file> -DEXPECTED=<regex> -P run_example.cmake: runs a program
# in the current folder; it must succeed and print what the expression matches.
execute_process(COMMAND "${PROGRAM}"
  OUTPUT_VARIABLE output RESULT_VARIABLE result)
message("${output}")
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}")
endif()
if(NOT output MATCHES "${EXPECTED}")
  message(FATAL_ERROR "the output does not match ${EXPECTED}")
endif()
