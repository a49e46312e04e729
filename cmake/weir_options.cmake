# Warnings and sanitizers, the same for every target.
add_library(weir_warnings INTERFACE)
target_compile_options(weir_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Werror=switch -Werror=unused-result -Werror=return-type
  # g++ 12 takes moved-from strings and variants for uninitialised or overlapping.
  -Wno-restrict -Wno-maybe-uninitialized)

if(WEIR_SANITIZE STREQUAL "address")
  # Less null, vptr, alignment and object-size: CAF binds references to null
  # in init_fun_factory.hpp, and the reduced set compiles in half the time.
  add_compile_options(-g1 -fno-omit-frame-pointer -fsanitize=address,undefined
    -fno-sanitize=null,vptr,alignment,object-size -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(WEIR_SANITIZE STREQUAL "thread")
  # -Wno-tsan: Asio uses fences that g++ warns about.
  add_compile_options(-g1 -fno-omit-frame-pointer -fsanitize=thread -Wno-tsan)
  add_link_options(-fsanitize=thread)
elseif(WEIR_SANITIZE)
  message(FATAL_ERROR "WEIR_SANITIZE is '${WEIR_SANITIZE}', not address or thread")
endif()
