// RUN: treadle-opt %s --treadle-raise=remarks=false -split-input-file | FileCheck %s

#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#r3 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#v3 = affine_map<(d0, d1, d2) -> (d2)>

// As torch's native_layer_norm is decomposed.
// CHECK-LABEL: @ln
// CHECK-SAME: %[[X:.*]]: tensor<2x5x16xf32>, %[[G:.*]]: tensor<16xf32>, %[[B:.*]]: tensor<16xf32>
// CHECK-NEXT: %[[Y:.*]] = treadle.layer_norm %[[X]], %[[G]], %[[B]] epsilon(9.99
// CHECK-NEXT: return %[[Y]]
func.func @ln(%x: tensor<2x5x16xf32>, %g: tensor<16xf32>, %b: tensor<16xf32>) -> tensor<2x5x16xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e1 = tensor.empty() : tensor<2x5x1xf32>
  %e = tensor.empty() : tensor<2x5x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x5x1xf32>) -> tensor<2x5x1xf32>
  %sum = linalg.generic {indexing_maps = [#id3, #r3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x : tensor<2x5x16xf32>) outs(%z : tensor<2x5x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32 } -> tensor<2x5x1xf32>
  %mean = linalg.generic {indexing_maps = [#r3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%sum : tensor<2x5x1xf32>) outs(%e1 : tensor<2x5x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.divf %a, %n : f32
    linalg.yield %r : f32 } -> tensor<2x5x1xf32>
  %mb = linalg.generic {indexing_maps = [#r3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%mean : tensor<2x5x1xf32>) outs(%e : tensor<2x5x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32 } -> tensor<2x5x16xf32>
  %c = linalg.generic {indexing_maps = [#id3, #id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %mb : tensor<2x5x16xf32>, tensor<2x5x16xf32>) outs(%e : tensor<2x5x16xf32>) {
  ^bb0(%a: f32, %bb: f32, %o: f32):
    %r = arith.subf %a, %bb : f32
    linalg.yield %r : f32 } -> tensor<2x5x16xf32>
  %sq = linalg.generic {indexing_maps = [#id3, #id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%c, %c : tensor<2x5x16xf32>, tensor<2x5x16xf32>) outs(%e : tensor<2x5x16xf32>) {
  ^bb0(%a: f32, %bb: f32, %o: f32):
    %r = arith.mulf %a, %bb : f32
    linalg.yield %r : f32 } -> tensor<2x5x16xf32>
  %vs = linalg.generic {indexing_maps = [#id3, #r3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%sq : tensor<2x5x16xf32>) outs(%z : tensor<2x5x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32 } -> tensor<2x5x1xf32>
  %rs = linalg.generic {indexing_maps = [#r3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%vs : tensor<2x5x1xf32>) outs(%e1 : tensor<2x5x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.divf %a, %n : f32
    %s = arith.addf %r, %eps : f32
    %t = math.rsqrt %s : f32
    linalg.yield %t : f32 } -> tensor<2x5x1xf32>
  %nn = linalg.generic {indexing_maps = [#id3, #r3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%c, %rs : tensor<2x5x16xf32>, tensor<2x5x1xf32>) outs(%e : tensor<2x5x16xf32>) {
  ^bb0(%a: f32, %bb: f32, %o: f32):
    %r = arith.mulf %a, %bb : f32
    linalg.yield %r : f32 } -> tensor<2x5x16xf32>
  %gg = linalg.generic {indexing_maps = [#id3, #v3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%nn, %g : tensor<2x5x16xf32>, tensor<16xf32>) outs(%e : tensor<2x5x16xf32>) {
  ^bb0(%a: f32, %bb: f32, %o: f32):
    %r = arith.mulf %a, %bb : f32
    linalg.yield %r : f32 } -> tensor<2x5x16xf32>
  %y = linalg.generic {indexing_maps = [#id3, #v3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%gg, %b : tensor<2x5x16xf32>, tensor<16xf32>) outs(%e : tensor<2x5x16xf32>) {
  ^bb0(%a: f32, %bb: f32, %o: f32):
    %r = arith.addf %a, %bb : f32
    linalg.yield %r : f32 } -> tensor<2x5x16xf32>
  return %y : tensor<2x5x16xf32>
}
// -----

// The gain is 1 + g; the sum of the residual stream stays.
// CHECK-LABEL: @rms
// CHECK-SAME: %[[X:.*]]: tensor<?x16xf32>, %[[D:.*]]: tensor<?x16xf32>, %[[G:.*]]: tensor<16xf32>
// CHECK: %[[H:.*]] = arith.addf %[[X]], %[[D]]
// CHECK: %[[GAIN:.*]] = linalg.generic {{.*}} ins(%[[G]]
// CHECK: %[[Y:.*]] = treadle.rms_norm %[[H]], %[[GAIN]] epsilon(9.99
// CHECK: return %[[Y]]
func.func @rms(%x: tensor<?x16xf32>, %d: tensor<?x16xf32>, %g: tensor<16xf32>) -> tensor<?x16xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %share = arith.constant 0.0625 : f32
  %two = arith.constant 2.0 : f32
  %eps = arith.constant 1.0e-6 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x16xf32>
  %e = tensor.empty(%n) : tensor<?x16xf32>
  %e1 = tensor.empty(%n) : tensor<?xf32>
  %h = arith.addf %x, %d : tensor<?x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%h : tensor<?x16xf32>) outs(%z : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = math.powf %a, %two : f32
    %r = arith.addf %q, %o : f32
    linalg.yield %r : f32 } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%h, %s, %g : tensor<?x16xf32>, tensor<?xf32>, tensor<16xf32>) outs(%e : tensor<?x16xf32>) {
  ^bb0(%a: f32, %sum: f32, %gg: f32, %o: f32):
    %m = arith.mulf %sum, %share : f32
    %me = arith.addf %m, %eps : f32
    %sd = math.sqrt %me : f32
    %nn = arith.divf %a, %sd : f32
    %g1 = arith.addf %gg, %one : f32
    %r = arith.mulf %g1, %nn : f32
    linalg.yield %r : f32 } -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// CHECK-LABEL: @softmax
// CHECK-DAG: treadle.softmax %{{.*}} : tensor<3x16xf32>
// CHECK-DAG: linalg.softmax dimension(0)
func.func @softmax(%x: tensor<3x16xf32>) -> (tensor<3x16xf32>, tensor<3x16xf32>) {
  %e = tensor.empty() : tensor<3x16xf32>
  %0 = linalg.softmax dimension(1) ins(%x : tensor<3x16xf32>) outs(%e : tensor<3x16xf32>) -> tensor<3x16xf32>
  %1 = linalg.softmax dimension(0) ins(%x : tensor<3x16xf32>) outs(%e : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %0, %1 : tensor<3x16xf32>, tensor<3x16xf32>
}
