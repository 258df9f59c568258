# Finds MLIR and says how the project's MLIR libraries are made.

# Debian keeps each LLVM under a root of its own.
list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-22)
find_package(MLIR 22.1 REQUIRED CONFIG)
message(STATUS "Using MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")

list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# Most of the time that a file takes is MLIR's headers': they are compiled once
# for all libraries, which are compiled alike.
add_library(TreadlePrecompiled OBJECT ${PROJECT_SOURCE_DIR}/cmake/Precompiled.cpp)
target_include_directories(TreadlePrecompiled SYSTEM PRIVATE
  ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_options(TreadlePrecompiled PRIVATE -fno-rtti -fno-exceptions)
target_precompile_headers(TreadlePrecompiled PRIVATE
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/Linalg/IR/Linalg.h>
  <mlir/Dialect/MemRef/IR/MemRef.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Tensor/IR/Tensor.h>
  <mlir/IR/BuiltinOps.h>
  <mlir/IR/PatternMatch.h>
  <mlir/Interfaces/TilingInterface.h>
  <mlir/Pass/Pass.h>)

# treadle_mlir_library(NAME sources... DEPENDS tablegen-targets... LINK libraries...)
#
# A static library of the compiler. Its MLIR and LLVM are always the shared
# ones: a process must hold one copy of their registries, and a plugin shares
# them with the mlir-opt that loads it.
function(treadle_mlir_library name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  add_library(Treadle::${name} ALIAS ${name})
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_compile_options(${name} PRIVATE -fno-rtti -fno-exceptions)
  target_precompile_headers(${name} REUSE_FROM TreadlePrecompiled)
  target_link_libraries(${name} PUBLIC MLIR LLVM ${arg_LINK})
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY TREADLE_COMPILER_LIBRARIES ${name})
endfunction()

# A program of the compiler.
function(treadle_mlir_executable name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_compile_options(${name} PRIVATE -fno-rtti -fno-exceptions)
  target_link_libraries(${name} PRIVATE ${arg_LINK})
endfunction()
