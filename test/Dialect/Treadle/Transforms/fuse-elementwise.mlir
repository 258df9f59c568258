// RUN: treadle-opt %s --treadle-fuse-elementwise --split-input-file | FileCheck %s

// A bias and a residual addition become one operation, in the shape that the product has.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
#panels = affine_map<(m, p, n) -> (m, p, n)>
#bias = affine_map<(m, p, n) -> (p, n)>
#rows = affine_map<(m, n) -> (m, n)>
// CHECK-DAG:   #[[PANELS:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG:   #[[BIAS:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func @bias_and_residual(
// CHECK-SAME:    %[[STREAM:[^:]*]]: tensor<6x64xf32>, {{.*}}, %[[B:[^:]*]]: tensor<4x16xf32>
func.func @bias_and_residual(%stream: tensor<6x64xf32>, %x: tensor<6x8xf32>, %w: tensor<4x8x16xf32>,
                             %b: tensor<4x16xf32>, %zeros: tensor<6x4x16xf32>) -> tensor<6x64xf32> {
  // CHECK: %[[PRODUCT:.*]] = linalg.generic
  // CHECK-SAME: "reduction"
  %product = linalg.generic
      {indexing_maps = [#left, #right, #made],
       iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<6x8xf32>, tensor<4x8x16xf32>) outs(%zeros : tensor<6x4x16xf32>) {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<6x4x16xf32>
  // CHECK: %[[SPLIT:.*]] = tensor.expand_shape %[[STREAM]] {{\[}}[0], [1, 2]]
  // CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[PANELS]], #[[PANELS]], #[[BIAS]], #[[PANELS]]]
  // CHECK-SAME: ins(%[[SPLIT]], %[[PRODUCT]], %[[B]] :
  // CHECK:      ^bb0(%[[S:.*]]: f32, %[[P:.*]]: f32, %[[BI:.*]]: f32, %{{.*}}: f32):
  // CHECK:        %[[BIASED:.*]] = arith.addf %[[P]], %[[BI]]
  // CHECK:        arith.addf %[[S]], %[[BIASED]]
  // CHECK-NOT: linalg.generic
  // CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[SUM]]
  // CHECK: return %[[ROWS]]
  %e = tensor.empty() : tensor<6x4x16xf32>
  %biased = linalg.generic
      {indexing_maps = [#panels, #bias, #panels], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%product, %b : tensor<6x4x16xf32>, tensor<4x16xf32>) outs(%e : tensor<6x4x16xf32>) {
  ^bb0(%p: f32, %bi: f32, %o: f32):
    %s = arith.addf %p, %bi : f32
    linalg.yield %s : f32
  } -> tensor<6x4x16xf32>
  %flat = tensor.collapse_shape %biased [[0], [1, 2]] : tensor<6x4x16xf32> into tensor<6x64xf32>
  %f = tensor.empty() : tensor<6x64xf32>
  %sum = linalg.generic
      {indexing_maps = [#rows, #rows, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%stream, %flat : tensor<6x64xf32>, tensor<6x64xf32>) outs(%f : tensor<6x64xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %s = arith.addf %l, %r : f32
    linalg.yield %s : f32
  } -> tensor<6x64xf32>
  return %sum : tensor<6x64xf32>
}

// -----

// What two operations read is computed once.
#id = affine_map<(i) -> (i)>
// CHECK-LABEL: func @read_twice(
// CHECK:         %[[SHARED:.*]] = linalg.generic
// CHECK:           math.exp
// CHECK:         linalg.generic {{.*}} ins(%[[SHARED]] :
// CHECK:         linalg.generic {{.*}} ins(%[[SHARED]] :
func.func @read_twice(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%i: f32, %o: f32):
    %y = math.exp %i : f32
    linalg.yield %y : f32
  } -> tensor<8xf32>
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%i: f32, %o: f32):
    %y = arith.negf %i : f32
    linalg.yield %y : f32
  } -> tensor<8xf32>
  %c = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%i: f32, %o: f32):
    %y = math.sqrt %i : f32
    linalg.yield %y : f32
  } -> tensor<8xf32>
  return %b, %c : tensor<8xf32>, tensor<8xf32>
}

// -----

// Rounding to bf16 goes to what it rounds, though the rows of that are counted behind a reshape.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
#panels = affine_map<(m, p, n) -> (m, p, n)>
#rows = affine_map<(m, n) -> (m, n)>
// CHECK-LABEL: func @round(
func.func @round(%x: tensor<?x8xf32>, %w: tensor<4x8x16xf32>, %zeros: tensor<?x4x16xf32>, %n: index) -> tensor<?x64xbf16> {
  // CHECK: %[[PRODUCT:.*]] = linalg.generic {{.*}}"reduction"
  %product = linalg.generic
      {indexing_maps = [#left, #right, #made],
       iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x8xf32>, tensor<4x8x16xf32>) outs(%zeros : tensor<?x4x16xf32>) {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x4x16xf32>
  // CHECK:     %[[ROUNDED:.*]] = linalg.generic {{.*}} ins(%[[PRODUCT]] : {{.*}} outs(%{{.*}} : tensor<?x4x16xbf16>)
  // CHECK:       %[[T:.*]] = math.tanh
  // CHECK-NEXT:  arith.truncf %[[T]]
  // CHECK:     tensor.collapse_shape %[[ROUNDED]]
  %e = tensor.empty(%n) : tensor<?x4x16xf32>
  %tanh = linalg.generic
      {indexing_maps = [#panels, #panels], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%product : tensor<?x4x16xf32>) outs(%e : tensor<?x4x16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = math.tanh %p : f32
    linalg.yield %s : f32
  } -> tensor<?x4x16xf32>
  %flat = tensor.collapse_shape %tanh [[0], [1, 2]] : tensor<?x4x16xf32> into tensor<?x64xf32>
  %c0 = arith.constant 0 : index
  %count = tensor.dim %flat, %c0 : tensor<?x64xf32>
  %f = tensor.empty(%count) : tensor<?x64xbf16>
  %rounded = linalg.generic
      {indexing_maps = [#rows, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%flat : tensor<?x64xf32>) outs(%f : tensor<?x64xbf16>) {
  ^bb0(%l: f32, %o: bf16):
    %s = arith.truncf %l : f32 to bf16
    linalg.yield %s : bf16
  } -> tensor<?x64xbf16>
  return %rounded : tensor<?x64xbf16>
}
