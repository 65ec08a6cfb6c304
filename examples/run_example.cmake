# cmake -DPROGRAM=<file> -DEXPECTED=<regex> -P run_example.cmake: runs a program
# in the current folder; it must always succeed, and print what the expression
# matches. Answers are sampled without a seed, and some end before their first
# word (one in eight): the output of eight runs may be looked at.
foreach(attempt RANGE 1 8)
  execute_process(COMMAND "${PROGRAM}"
    OUTPUT_VARIABLE output RESULT_VARIABLE result)
  message("${output}")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} ended with ${result}")
  endif()
  if(output MATCHES "${EXPECTED}")
    return()
  endif()
endforeach()
message(FATAL_ERROR "the output does not match ${EXPECTED}")
