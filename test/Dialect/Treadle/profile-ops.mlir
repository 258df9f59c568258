// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @count
// CHECK-SAME: %[[I:.*]]: index, %[[F:.*]]: index, %[[B:.*]]: index
func.func @count(%i: index, %f: index, %b: index) {
  // CHECK: treadle.count "pool" operations(%[[F]]) bytes(%[[B]])
  treadle.count "pool" operations(%f) bytes(%b)
  // CHECK: treadle.count "layer.{}.up.weight"[%[[I]] of 6] operations(%[[F]]) bytes(%[[B]])
  treadle.count "layer.{}.up.weight"[%i of 6] operations(%f) bytes(%b)
  return
}
