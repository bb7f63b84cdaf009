# Flags for tocsin's own targets: warnings are errors, hardening is on in every build type.

find_program(CCACHE ccache)
if(CCACHE)
  # What ccache asks for before it takes a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT TOCSIN_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

add_library(tocsin_flags INTERFACE)
target_include_directories(tocsin_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(tocsin_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  -fstack-protector-strong -fno-omit-frame-pointer -pthread)
target_compile_definitions(tocsin_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(tocsin_flags INTERFACE -fstack-clash-protection -fcf-protection)
  target_compile_definitions(tocsin_flags INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(tocsin_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these in libstdc++'s own inlined code (GCC bugs 105329, 105651, 105562, 105580).
  target_compile_options(tocsin_flags INTERFACE
    -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
  if(TOCSIN_SANITIZE)
    target_compile_options(tocsin_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
else()
  # clang 19 reports std::get_temporary_buffer in libstdc++ 12's own stable_sort.
  target_compile_options(tocsin_flags INTERFACE -Wno-deprecated-declarations)
endif()

if(TOCSIN_SANITIZE)
  add_compile_options(-fsanitize=${TOCSIN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TOCSIN_SANITIZE})
endif()
if(TOCSIN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
