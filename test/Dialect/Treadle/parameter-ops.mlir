// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @parameters
// CHECK-SAME: %[[I:.*]]: index
func.func @parameters(%i: index) {
  // CHECK: treadle.parameter "embeddings.weight" : tensor<30522x384xf32>
  %0 = treadle.parameter "embeddings.weight" : tensor<30522x384xf32>
  // CHECK: treadle.parameter "layer.{}.weight"[%[[I]]] : tensor<4x4xbf16>
  %1 = treadle.parameter "layer.{}.weight"[%i] : tensor<4x4xbf16>
  // CHECK: treadle.parameter "layer.{}.weight"[%[[I]] of 6] : tensor<4x4xf32>
  %2 = treadle.parameter "layer.{}.weight"[%i of 6] : tensor<4x4xf32>
  // CHECK: treadle.parameter "a \22quoted\22 name" : memref<4xi8>
  %3 = treadle.parameter "a \"quoted\" name" : memref<4xi8>
  // CHECK: treadle.parameter "scalar" : tensor<f32>
  %4 = treadle.parameter "scalar" : tensor<f32>
  // CHECK: treadle.parameter "nothing" : tensor<0x4xf32>
  %5 = treadle.parameter "nothing" : tensor<0x4xf32>
  return
}
