// RUN: treadle-opt %s --treadle-bufferize --canonicalize | FileCheck %s

// A residual stream through a loop, made into itself by parallel blocks, and put where the
// caller wants it: one copy at each end, and no buffer of its own for a layer.
// CHECK-LABEL: func @stream(
// CHECK-SAME:    %[[X:[^:]*]]: memref<8x16xf32>, %[[OUT:[^:]*]]: memref<8x16xf32>)
// CHECK:         %[[STREAM:.*]] = memref.alloc() {alignment = 64 : i64} : memref<8x16xf32>
// CHECK:         memref.copy %[[X]], %[[STREAM]]
// CHECK:         scf.for
// CHECK-NOT:       memref.{{alloc|copy}}
// CHECK:           %[[W:.*]] = treadle.parameter "layer.{}.w"{{.*}} : memref<16xf32>
// CHECK:           scf.forall (%[[I:.*]]) in (8)
// CHECK:             %[[PART:.*]] = memref.subview %{{.*}}[%[[I]], 0] [1, 16]
// CHECK:             linalg.generic {{.*}} ins(%[[W]] : {{.*}} outs(%[[PART]] :
// CHECK:           }
// CHECK:         }
// CHECK:         memref.copy %{{.*}}, %[[OUT]]
// CHECK-NOT:     tensor
func.func @stream(%x: tensor<8x16xf32>, %out: memref<8x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %y = scf.for %l = %c0 to %c6 step %c1 iter_args(%h = %x) -> (tensor<8x16xf32>) {
    %w = treadle.parameter "layer.{}.w"[%l of 6] : tensor<16xf32>
    %n = scf.forall (%i) in (8) shared_outs(%o = %h) -> (tensor<8x16xf32>) {
      %part = tensor.extract_slice %o[%i, 0] [1, 16] [1, 1] : tensor<8x16xf32> to tensor<1x16xf32>
      %s = linalg.generic
          {indexing_maps = [affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
           iterator_types = ["parallel", "parallel"]}
          ins(%w : tensor<16xf32>) outs(%part : tensor<1x16xf32>) {
      ^bb0(%a: f32, %b: f32):
        %sum = arith.addf %a, %b : f32
        linalg.yield %sum : f32
      } -> tensor<1x16xf32>
      scf.forall.in_parallel {
        tensor.parallel_insert_slice %s into %o[%i, 0] [1, 16] [1, 1] : tensor<1x16xf32> into tensor<8x16xf32>
      }
    }
    scf.yield %n : tensor<8x16xf32>
  }
  bufferization.materialize_in_destination %y in restrict writable %out : (tensor<8x16xf32>, memref<8x16xf32>) -> ()
  return
}

// Nobody writes to a parameter, nor to what the caller gave.
// CHECK-LABEL: func @not_ours(
// CHECK-SAME:    %[[X:[^:]*]]: memref<16xf32>,
// CHECK:         %[[W:.*]] = treadle.parameter "w" : memref<16xf32>
// CHECK-NOT:     memref.store %{{.*}}, %[[W]]
// CHECK-NOT:     memref.store %{{.*}}, %[[X]]
// CHECK:         %[[W1:.*]] = memref.alloc
// CHECK:         memref.copy %[[W]], %[[W1]]
// CHECK:         memref.store %{{.*}}, %[[W1]]
// CHECK:         %[[X1:.*]] = memref.alloc
// CHECK:         memref.copy %[[X]], %[[X1]]
// CHECK:         memref.store %{{.*}}, %[[X1]]
func.func @not_ours(%x: tensor<16xf32>, %a: memref<16xf32>, %b: memref<16xf32>, %z: f32) {
  %c0 = arith.constant 0 : index
  %w = treadle.parameter "w" : tensor<16xf32>
  %i = tensor.insert %z into %w[%c0] : tensor<16xf32>
  bufferization.materialize_in_destination %i in restrict writable %a : (tensor<16xf32>, memref<16xf32>) -> ()
  %j = tensor.insert %z into %x[%c0] : tensor<16xf32>
  bufferization.materialize_in_destination %j in restrict writable %b : (tensor<16xf32>, memref<16xf32>) -> ()
  return
}
