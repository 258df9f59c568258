# What `cmake --install` puts where, and the package that find_package(Treadle)
# reads. Included last: it installs the targets that this build has.
#
# Two export sets, so that an application which runs models needs no MLIR:
#
#   Treadle::TreadleRuntime, TreadleFormats   component Runtime
#   Treadle::<each library of the compiler>   component Compiler
#   Treadle::TreadleCompilerC                 component Compiler

include(CMakePackageConfigHelpers)

set(TREADLE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Treadle)

# treadle_install_targets(export-set component targets...)
#
# Those of the targets that exist in this build.
function(treadle_install_targets export component)
  set(targets)
  foreach(target IN LISTS ARGN)
    if(TARGET ${target})
      list(APPEND targets ${target})
    endif()
  endforeach()
  if(targets)
    install(TARGETS ${targets} EXPORT ${export}
      RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${component}
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component}
        NAMELINK_COMPONENT ${component}
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component}
      INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    # Installed programs find the libraries installed beside them, and LLVM's,
    # which Debian keeps out of the linker's usual folders.
    file(RELATIVE_PATH up ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
    set_property(TARGET ${targets} APPEND PROPERTY INSTALL_RPATH $ORIGIN $ORIGIN/${up})
    set_property(TARGET ${targets} PROPERTY INSTALL_RPATH_USE_LINK_PATH ON)
    install(EXPORT ${export} NAMESPACE Treadle:: DESTINATION ${TREADLE_CMAKE_DIR}
      COMPONENT ${component})
  endif()
endfunction()

treadle_install_targets(TreadleRuntimeTargets Runtime TreadleRuntime TreadleFormats)
install(DIRECTORY include/treadle-c DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Runtime
  FILES_MATCHING PATTERN *.h PATTERN *.def
  PATTERN Compiler.h EXCLUDE PATTERN Dialect.h EXCLUDE PATTERN Passes.h EXCLUDE)
install(DIRECTORY include/treadle/Formats DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/treadle
  COMPONENT Runtime FILES_MATCHING PATTERN *.h)

if(TREADLE_BUILD_COMPILER)
  get_property(libraries GLOBAL PROPERTY TREADLE_COMPILER_LIBRARIES)
  treadle_install_targets(TreadleCompilerTargets Compiler
    ${libraries} TreadleCompilerC treadle treadle-opt treadle-lsp-server)

  # Headers, and the tables that other dialects may include.
  install(FILES include/treadle-c/Compiler.h include/treadle-c/Dialect.h
      include/treadle-c/Passes.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/treadle-c COMPONENT Compiler)
  install(DIRECTORY include/treadle DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Compiler
    FILES_MATCHING PATTERN *.h PATTERN *.td PATTERN *.def PATTERN Formats EXCLUDE)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/include/treadle
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Compiler
    FILES_MATCHING PATTERN *.inc PATTERN CMakeFiles EXCLUDE)

  # A module that mlir-opt loads: nobody links it.
  if(TARGET TreadlePlugin)
    install(TARGETS TreadlePlugin LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
      COMPONENT Compiler NAMELINK_SKIP)
  endif()
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/TreadleConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/TreadleConfig.cmake
  INSTALL_DESTINATION ${TREADLE_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change an interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/TreadleConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cmake/TreadleConfig.cmake
  ${PROJECT_BINARY_DIR}/cmake/TreadleConfigVersion.cmake
  DESTINATION ${TREADLE_CMAKE_DIR} COMPONENT Runtime)
