// RUN: treadle-opt %s --treadle-raise=remarks=false -split-input-file | FileCheck %s

#id4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#tok = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// x cos + rotate_half(x) sin, with each angle twice, and heads before tokens.
// CHECK-LABEL: @rotate_half
// CHECK-SAME: %[[X:.*]]: tensor<2x3x5x8xf32>, %[[A:.*]]: tensor<5x4xf32>
// CHECK: %[[XT:.*]] = linalg.generic {{.*}} ins(%[[X]]
// CHECK: %[[C:.*]] = linalg.generic {{.*}} ins(%[[A]]
// CHECK: math.cos
// CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%[[A]]
// CHECK: math.sin
// CHECK: %[[Y:.*]] = treadle.rotary %[[XT]] rotary(#treadle.rotary<width = 8>) tables(%[[C]], %[[S]])
// CHECK: linalg.transpose ins(%[[Y]] {{.*}} permutation = [0, 2, 1, 3]
func.func @rotate_half(%x: tensor<2x3x5x8xf32>, %angles: tensor<5x4xf32>) -> tensor<2x3x5x8xf32> {
  %a2 = tensor.concat dim(1) %angles, %angles : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x8xf32>
  %cos = math.cos %a2 : tensor<5x8xf32>
  %sin = math.sin %a2 : tensor<5x8xf32>
  %x1 = tensor.extract_slice %x[0, 0, 0, 0] [2, 3, 5, 4] [1, 1, 1, 1] : tensor<2x3x5x8xf32> to tensor<2x3x5x4xf32>
  %x2 = tensor.extract_slice %x[0, 0, 0, 4] [2, 3, 5, 4] [1, 1, 1, 1] : tensor<2x3x5x8xf32> to tensor<2x3x5x4xf32>
  %neg = arith.negf %x2 : tensor<2x3x5x4xf32>
  %rot = tensor.concat dim(3) %neg, %x1 : (tensor<2x3x5x4xf32>, tensor<2x3x5x4xf32>) -> tensor<2x3x5x8xf32>
  %e = tensor.empty() : tensor<2x3x5x8xf32>
  %p = linalg.generic {indexing_maps = [#id4, #tok, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x, %cos : tensor<2x3x5x8xf32>, tensor<5x8xf32>) outs(%e : tensor<2x3x5x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.mulf %a, %b : f32
    linalg.yield %r : f32 } -> tensor<2x3x5x8xf32>
  %q = linalg.generic {indexing_maps = [#id4, #tok, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%rot, %sin : tensor<2x3x5x8xf32>, tensor<5x8xf32>) outs(%e : tensor<2x3x5x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.mulf %a, %b : f32
    linalg.yield %r : f32 } -> tensor<2x3x5x8xf32>
  %y = arith.addf %p, %q : tensor<2x3x5x8xf32>
  return %y : tensor<2x3x5x8xf32>
}
// -----

#id4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#bt = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// Neighbours are a pair; the tables are of each token of each sequence.
// CHECK-LABEL: @interleaved
// CHECK-SAME: %[[X:.*]]: tensor<2x5x3x8xf32>, %[[C:.*]]: tensor<2x5x4xf32>, %[[S:.*]]: tensor<2x5x4xf32>
// CHECK-NEXT: treadle.rotary %[[X]] rotary(#treadle.rotary<width = 8, layout = interleaved>) tables(%[[C]], %[[S]])
// CHECK-NEXT: return
func.func @interleaved(%x: tensor<2x5x3x8xf32>, %cos: tensor<2x5x4xf32>, %sin: tensor<2x5x4xf32>) -> tensor<2x5x3x8xf32> {
  %x1 = tensor.extract_slice %x[0, 0, 0, 0] [2, 5, 3, 4] [1, 1, 1, 2] : tensor<2x5x3x8xf32> to tensor<2x5x3x4xf32>
  %x2 = tensor.extract_slice %x[0, 0, 0, 1] [2, 5, 3, 4] [1, 1, 1, 2] : tensor<2x5x3x8xf32> to tensor<2x5x3x4xf32>
  %e = tensor.empty() : tensor<2x5x3x4xf32>
  %y1 = linalg.generic {indexing_maps = [#id4, #id4, #bt, #bt, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x1, %x2, %cos, %sin : tensor<2x5x3x4xf32>, tensor<2x5x3x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) outs(%e : tensor<2x5x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %s: f32, %o: f32):
    %0 = arith.mulf %a, %c : f32
    %1 = arith.mulf %b, %s : f32
    %r = arith.subf %0, %1 : f32
    linalg.yield %r : f32 } -> tensor<2x5x3x4xf32>
  %y2 = linalg.generic {indexing_maps = [#id4, #id4, #bt, #bt, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x1, %x2, %cos, %sin : tensor<2x5x3x4xf32>, tensor<2x5x3x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) outs(%e : tensor<2x5x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %s: f32, %o: f32):
    %0 = arith.mulf %a, %s : f32
    %1 = arith.mulf %b, %c : f32
    %r = arith.addf %0, %1 : f32
    linalg.yield %r : f32 } -> tensor<2x5x3x4xf32>
  %u1 = tensor.expand_shape %y1 [[0], [1], [2], [3, 4]] output_shape [2, 5, 3, 4, 1] : tensor<2x5x3x4xf32> into tensor<2x5x3x4x1xf32>
  %u2 = tensor.expand_shape %y2 [[0], [1], [2], [3, 4]] output_shape [2, 5, 3, 4, 1] : tensor<2x5x3x4xf32> into tensor<2x5x3x4x1xf32>
  %u = tensor.concat dim(4) %u1, %u2 : (tensor<2x5x3x4x1xf32>, tensor<2x5x3x4x1xf32>) -> tensor<2x5x3x4x2xf32>
  %y = tensor.collapse_shape %u [[0], [1], [2], [3, 4]] : tensor<2x5x3x4x2xf32> into tensor<2x5x3x8xf32>
  return %y : tensor<2x5x3x8xf32>
}
// -----

// The halves of the result are made apart.
// CHECK-LABEL: @halves
// CHECK-SAME: %[[X:.*]]: tensor<2x5x3x8xf32>, %[[C:.*]]: tensor<5x4xf32>, %[[S:.*]]: tensor<5x4xf32>
// CHECK-NEXT: treadle.rotary %[[X]] rotary(#treadle.rotary<width = 8>) tables(%[[C]], %[[S]])
// CHECK-NEXT: return
func.func @halves(%x: tensor<2x5x3x8xf32>, %cos: tensor<5x4xf32>, %sin: tensor<5x4xf32>) -> tensor<2x5x3x8xf32> {
  %x1 = tensor.extract_slice %x[0, 0, 0, 0] [2, 5, 3, 4] [1, 1, 1, 1] : tensor<2x5x3x8xf32> to tensor<2x5x3x4xf32>
  %x2 = tensor.extract_slice %x[0, 0, 0, 4] [2, 5, 3, 4] [1, 1, 1, 1] : tensor<2x5x3x8xf32> to tensor<2x5x3x4xf32>
  %e = tensor.empty() : tensor<2x5x3x4xf32>
  %c = linalg.broadcast ins(%cos : tensor<5x4xf32>) outs(%e : tensor<2x5x3x4xf32>) dimensions = [0, 2]
  %s = linalg.broadcast ins(%sin : tensor<5x4xf32>) outs(%e : tensor<2x5x3x4xf32>) dimensions = [0, 2]
  %0 = arith.mulf %x1, %c : tensor<2x5x3x4xf32>
  %1 = arith.mulf %x2, %s : tensor<2x5x3x4xf32>
  %2 = arith.subf %0, %1 : tensor<2x5x3x4xf32>
  %3 = arith.mulf %x2, %c : tensor<2x5x3x4xf32>
  %4 = arith.mulf %x1, %s : tensor<2x5x3x4xf32>
  %5 = arith.addf %3, %4 : tensor<2x5x3x4xf32>
  %y = tensor.concat dim(3) %2, %5 : (tensor<2x5x3x4xf32>, tensor<2x5x3x4xf32>) -> tensor<2x5x3x8xf32>
  return %y : tensor<2x5x3x8xf32>
}
