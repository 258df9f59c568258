// RUN: treadle-opt %s --treadle-tile | FileCheck %s

// What is not one tensor made of tensors stays as it is, and needs no decision.

// CHECK-LABEL: func.func @buffers
// CHECK-NEXT:    linalg.exp
// CHECK-NEXT:    return
func.func @buffers(%x: memref<8xf32>, %y: memref<8xf32>) {
  linalg.exp ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}

// CHECK-LABEL: func.func @two_results
// CHECK-NEXT:    %[[BOTH:.*]]:2 = linalg.generic
// CHECK:         return %[[BOTH]]#0, %[[BOTH]]#1
func.func @two_results(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %y:2 = linalg.generic
      {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%x, %x : tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %a, %s : f32, f32
  } -> (tensor<8xf32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xf32>, tensor<8xf32>
}
