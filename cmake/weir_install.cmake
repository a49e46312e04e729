# `cmake --install`: the binary, and what a program with its own handlers needs.
include(GNUInstallDirs)
install(TARGETS weir RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
