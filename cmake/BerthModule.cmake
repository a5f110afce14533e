# Flags that every translation unit of Berth shares. Asio and Beast are compiled once, in their
# own library (http/asio_impl.cpp), so that a handler sees declarations only.
add_library(berth_flags INTERFACE)
target_include_directories(berth_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_include_directories(berth_flags SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(berth_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  FMT_ENFORCE_COMPILE_STRING=0)
target_link_libraries(berth_flags INTERFACE fmt::fmt tl::expected Threads::Threads)
if(BERTH_STRICT)
  target_compile_options(berth_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    -Wno-sign-conversion -Werror)
endif()
if(BERTH_SANITIZE)
  target_compile_options(berth_flags INTERFACE -fsanitize=${BERTH_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(berth_flags INTERFACE -fsanitize=${BERTH_SANITIZE})
endif()

# berth_module(oci SOURCES a.cpp … TESTS a_test.cpp … DEPENDS base … LIBRARIES OpenSSL::Crypto …)
# makes library berth_oci and, with BERTH_TESTS, one test program berth_oci_test.
# TEST_DEPENDS are modules that only the tests use.
function(berth_module name)
  cmake_parse_arguments(M "" "" "SOURCES;TESTS;DEPENDS;LIBRARIES;TEST_DEPENDS" ${ARGN})
  set(target berth_${name})
  list(TRANSFORM M_DEPENDS PREPEND berth_)
  list(TRANSFORM M_TEST_DEPENDS PREPEND berth_)
  if(M_SOURCES)
    add_library(${target} STATIC ${M_SOURCES})
    target_link_libraries(${target} PUBLIC berth_flags ${M_DEPENDS} PRIVATE ${M_LIBRARIES})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE berth_flags ${M_DEPENDS} ${M_LIBRARIES})
  endif()
  if(BERTH_TESTS AND M_TESTS)
    add_executable(${target}_test ${M_TESTS})
    if(BERTH_SANITIZE)
      # What a test asserts needs no optimizer, and under sanitizers that is most of a build's time.
      set_source_files_properties(${M_TESTS} PROPERTIES COMPILE_OPTIONS -O0)
    endif()
    target_link_libraries(${target}_test PRIVATE ${target} ${M_TEST_DEPENDS} GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${target}_test)
  endif()
endfunction()
