# One precompiled header for src and one for the tests: reading the standard library is otherwise more than half of
# what a translation unit costs. Each file still includes what it uses; lint reads src without them.
# CMAKE_DISABLE_PRECOMPILE_HEADERS does without.
set(TOCSIN_COMMON_HEADERS
  <algorithm> <array> <chrono> <cmath> <cstdint> <functional> <limits> <map> <memory> <optional> <set> <span>
  <sstream> <string> <string_view> <utility> <variant> <vector> <boost/unordered/unordered_flat_map.hpp>
  <boost/unordered/unordered_flat_set.hpp> <tl/expected.hpp>)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/precompiled.cc CONTENT "")
foreach(which src tests)
  add_library(tocsin_precompiled_${which} OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/generated/precompiled.cc)
  target_link_libraries(tocsin_precompiled_${which} PRIVATE tocsin_flags)
  target_precompile_headers(tocsin_precompiled_${which} PRIVATE ${TOCSIN_COMMON_HEADERS})
endforeach()

# Beside those of the build. With sanitizers the tests, unlike what they test, are compiled without optimisation: it
# would take longer than it saves.
set(TOCSIN_TEST_COMPILE_OPTIONS "" CACHE STRING "Compile options of the tests alone")
target_compile_options(tocsin_precompiled_tests PRIVATE ${TOCSIN_TEST_COMPILE_OPTIONS})

# WHICH: src or tests.
function(tocsin_precompile target which)
  target_precompile_headers(${target} REUSE_FROM tocsin_precompiled_${which})
endfunction()
