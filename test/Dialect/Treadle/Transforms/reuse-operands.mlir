// RUN: treadle-opt %s --treadle-reuse-operands --split-input-file | FileCheck %s

// The stream is read here for the last time: the sum is made in its place.
#id = affine_map<(m, n) -> (m, n)>
// CHECK-LABEL: func @in_place(
// CHECK:         scf.for {{.*}} iter_args(%[[X:.*]] = %{{.*}})
// CHECK:           linalg.generic {{.*}} ins(%[[X]], %{{.*}} : {{.*}}) outs(%[[X]] :
func.func @in_place(%init: tensor<4x8xf32>, %f: tensor<4x8xf32>, %n: index) -> tensor<4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %init) -> (tensor<4x8xf32>) {
    %e = tensor.empty() : tensor<4x8xf32>
    %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x, %f : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
    ^bb0(%l: f32, %g: f32, %o: f32):
      %s = arith.addf %l, %g : f32
      linalg.yield %s : f32
    } -> tensor<4x8xf32>
    scf.yield %y : tensor<4x8xf32>
  }
  return %r : tensor<4x8xf32>
}

// -----

// Read again afterwards, through a reshape: a tensor of its own.
#id = affine_map<(m, n) -> (m, n)>
// CHECK-LABEL: func @read_later(
// CHECK:         %[[E:.*]] = tensor.empty
// CHECK:         linalg.generic {{.*}} outs(%[[E]] :
// CHECK:           arith.negf
func.func @read_later(%init: tensor<4x8xf32>, %n: index) -> tensor<4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %init) -> (tensor<4x8xf32>) {
    %e = tensor.empty() : tensor<4x8xf32>
    %flat = tensor.collapse_shape %x [[0, 1]] : tensor<4x8xf32> into tensor<32xf32>
    %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
    ^bb0(%l: f32, %o: f32):
      %s = arith.negf %l : f32
      linalg.yield %s : f32
    } -> tensor<4x8xf32>
    %old = tensor.extract %flat[%c0] : tensor<32xf32>
    %new = tensor.insert %old into %y[%c0, %c0] : tensor<4x8xf32>
    scf.yield %new : tensor<4x8xf32>
  }
  return %r : tensor<4x8xf32>
}

// -----

// Not what the caller gave, nor what is read at other places than it is written.
#id = affine_map<(m, n) -> (m, n)>
#turned = affine_map<(m, n) -> (n, m)>
// CHECK-LABEL: func @not_ours(
// CHECK:         %[[E:.*]] = tensor.empty
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} outs(%[[E]] :
// CHECK:         linalg.generic {{.*}} ins(%[[Y]] : {{.*}}) outs(%[[E]] :
func.func @not_ours(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %e = tensor.empty() : tensor<8x8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%l: f32, %o: f32):
    %s = arith.negf %l : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  %z = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%l: f32, %o: f32):
    %s = math.exp %l : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %z : tensor<8x8xf32>
}

// -----

// A carried tensor that is made into itself keeps its extent: it is known before the loop.
#id = affine_map<(m, n) -> (m, n)>
// CHECK-LABEL: func @extent(
// CHECK-SAME:    %[[INIT:[^:]*]]: tensor<?x8xf32>
// CHECK:         scf.for
// CHECK:           tensor.dim %[[INIT]], %{{.*}} : tensor<?x8xf32>
// CHECK:         tensor.dim %[[INIT]], %{{.*}} : tensor<?x8xf32>
func.func @extent(%init: tensor<?x8xf32>, %n: index) -> (tensor<?x8xf32>, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %init) -> (tensor<?x8xf32>) {
    %d = tensor.dim %x, %c0 : tensor<?x8xf32>
    %e = tensor.empty(%d) : tensor<?x8xf32>
    %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
    ^bb0(%l: f32, %o: f32):
      %s = arith.negf %l : f32
      linalg.yield %s : f32
    } -> tensor<?x8xf32>
    scf.yield %y : tensor<?x8xf32>
  }
  %after = tensor.dim %r, %c0 : tensor<?x8xf32>
  return %r, %after : tensor<?x8xf32>, index
}

// -----

// A cache that a function is given is copied before a loop appends to it, and one that is made
// here is not.
// CHECK-LABEL: func @given_cache(
// CHECK-SAME:    %[[T:[^:]*]]: tensor<2x1x8xf32>, %[[GIVEN:[^:]*]]: tensor<2x16x8xf32>
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<2x16x8xf32>
// CHECK:         %[[COPY:.*]] = linalg.copy ins(%[[GIVEN]] : {{.*}} outs(%[[E]] :
// CHECK:         scf.for {{.*}} iter_args(%[[C:.*]] = %[[COPY]])
// CHECK-NEXT:      %[[D:.*]] = treadle.cache_append %[[T]] to(%[[C]])
// CHECK-NEXT:      scf.yield %[[D]]
func.func @given_cache(%t: tensor<2x1x8xf32>, %given: tensor<2x16x8xf32>, %l: tensor<2xi64>, %n: index)
    -> tensor<2x16x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%c = %given) -> (tensor<2x16x8xf32>) {
    %d = treadle.cache_append %t to(%c) at(%l) : tensor<2x1x8xf32>, tensor<2x16x8xf32>, tensor<2xi64>
    scf.yield %d : tensor<2x16x8xf32>
  }
  return %r : tensor<2x16x8xf32>
}
